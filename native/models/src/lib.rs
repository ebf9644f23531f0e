//! Models as the engine runs them: `config.json` becomes an [`Architecture`], safetensors become [`WeightFiles`], and both
//! together a [`Decoder`] on any backend. The decoder is written once over [`conduit_backend::Ops`].

mod architecture;
mod byte_progress;
mod decoder;
mod error;
mod feed_forward;
mod fields;
mod gguf;
mod load;
mod mixture;
mod prequantized;
mod read_file;
mod rope;
mod rotary;
mod weight_files;

pub use architecture::{Architecture, Family, LayerRope, Mixture};
pub use byte_progress::ByteProgress;
pub use decoder::Decoder;
pub use error::{ModelError, Result};
pub use load::{LoadOptions, load};
pub use prequantized::Prequantization;
pub use rope::{LongRope, Rope, RopeScaling, Yarn};
pub use weight_files::WeightFiles;
