//! Tiny random-weight models as Hugging Face folders, byte-identical for one seed on every machine.

mod chat_template;
mod config;
mod damage;
mod error;
mod published_format;
mod random;
mod shape;
mod tokenizer;
mod weights;
mod write;

pub use damage::Damage;
pub use error::ModelWriteError;
pub use published_format::PublishedFormat;
pub use shape::{Family, Thinking, TinyModel};
pub use write::Written;
