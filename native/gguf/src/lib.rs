//! GGUF files, the container of llama.cpp: metadata, and where tensors lie.
//!
//! Files are mapped, not read: what is held of them are keys, names and places, of as many as the file has room for, whatever it
//! claims. The format is `docs/gguf.md` of the ggml repository.

mod cursor;
mod error;
mod file;
mod file_names;
mod metadata;
mod model;
mod tensor;
mod tensor_type;
mod value_type;

pub use error::{GgufError, Result};
pub use metadata::Metadata;
pub use model::{Gguf, GgufTensor};
pub use tensor_type::TensorType;
