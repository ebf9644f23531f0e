//! Models as the engine runs them: `config.json` becomes an [`Architecture`], safetensors become [`WeightFiles`], and both
//! together a [`Decoder`] on any backend. The decoder is written once over [`conduit_backend::Ops`].

mod architecture;
mod byte_progress;
mod decoder;
mod error;
mod fields;
mod gguf;
mod load;
mod prequantized;
mod rope;
mod weight_files;

pub use architecture::{Architecture, Family};
pub use byte_progress::ByteProgress;
pub use decoder::Decoder;
pub use error::{ModelError, Result};
pub use load::{LoadOptions, load};
pub use prequantized::Prequantization;
pub use rope::{Rope, RopeScaling, Yarn};
pub use weight_files::WeightFiles;
