use std::path::Path;

use anyhow::Result;
use conduit_backend::Backend;
use conduit_models::{ByteProgress, Decoder, LoadOptions};
use conduit_testkit::model::TinyModel;

/// Longest sequence of the models here, in tokens.
pub const MAX_MODEL_LEN: usize = 4096;

/// Writes the model, unless it is there.
pub fn write(model: &TinyModel, folder: &Path) -> Result<()> {
    // Made with the weights, and last.
    if !folder.join("config.json").exists() {
        model.write(folder)?;
    }
    Ok(())
}

pub fn load<B: Backend>(backend: &B, folder: &Path) -> conduit_models::Result<Decoder<B>> {
    let options = LoadOptions { max_model_len: MAX_MODEL_LEN, quantization: None, kv_dtype: None };
    conduit_models::load(backend, folder, options, &ByteProgress::default())
}
