use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use conduit_engine::{AddModelError, TokenBytes, Vocabulary, VocabularyError};
use conduit_models::ModelError;
use conduit_text::{EncodeOptions, TextError, Tokenizer};

use super::{CacheLocation, Device, Loading, ModelState, Registry, ServedModel, lookup};
use crate::ModelConfig;

/// Why a model is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct LoadError {
    /// A stable name for clients.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl LoadError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn not_found(message: String) -> Self {
        Self::new("model_not_found", message)
    }
}

impl From<TextError> for LoadError {
    fn from(error: TextError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<ModelError> for LoadError {
    fn from(error: ModelError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<VocabularyError> for LoadError {
    fn from(error: VocabularyError) -> Self {
        Self::new("unsupported_tokenizer", error.to_string())
    }
}

impl From<AddModelError> for LoadError {
    fn from(error: AddModelError) -> Self {
        let code = match &error {
            AddModelError::Duplicate(_) | AddModelError::InvalidSpec { .. } => "invalid_config",
            AddModelError::CacheTooSmall { .. } => "out_of_memory",
            AddModelError::Backend { source, .. } => source.code(),
            AddModelError::Fault { .. } => "internal_error",
            AddModelError::Unhealthy { .. } => "engine_unhealthy",
        };
        Self::new(code, error.to_string())
    }
}

/// Loads all models, one after the other; what fails leaves the others as they are.
pub(crate) fn load_all(registry: &Registry, device: &dyn Device, cache: &CacheLocation) {
    let mut vocabularies = Vocabularies::default();
    for config in registry.configs() {
        let start = Instant::now();
        let Some(ModelState::Loading(loading)) = registry.state(&config.name) else { continue };
        let load = || load(config, device, cache, &mut vocabularies, &loading);
        let loaded = catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| {
            Err(LoadError::new("internal_error", "loading it met a fault of this program; the log has more"))
        });
        let state = match loaded {
            Ok(model) => {
                tracing::info!(model = config.name, seconds = start.elapsed().as_secs_f32(), "ready");
                ModelState::Ready(Arc::new(model))
            }
            Err(error) => {
                tracing::error!(model = config.name, code = error.code, "cannot be loaded: {error}");
                ModelState::Failed(Arc::new(error))
            }
        };
        registry.set(&config.name, state);
    }
}

fn load(
    config: &ModelConfig,
    device: &dyn Device,
    cache: &CacheLocation,
    vocabularies: &mut Vocabularies,
    loading: &Loading,
) -> Result<ServedModel, LoadError> {
    let folder = lookup::find(&config.source, config.revision.as_deref(), cache, &loading.download)?;
    tracing::info!(model = config.name, folder = %folder.display(), "loading");
    let served = ServedModel::read(&config.name, &folder, config.max_model_len)?;
    let vocabulary = vocabularies.get(&served.tokenizer)?;
    device.add_model(&folder, config, vocabulary, &loading.weights)?;
    Ok(served)
}

/// Vocabularies by the hash of their tokens: models of one family share theirs.
#[derive(Default)]
struct Vocabularies(HashMap<u64, Arc<Vocabulary>>);

impl Vocabularies {
    fn get(&mut self, tokenizer: &Arc<Tokenizer>) -> Result<Arc<Vocabulary>, LoadError> {
        let tokens: Vec<_> = (0..tokenizer.vocab_size() as u32)
            .map(|id| {
                let bytes = tokenizer.token_bytes(id).to_vec();
                if tokenizer.is_special(id) { TokenBytes::Special(bytes) } else { TokenBytes::Text(bytes) }
            })
            .collect();
        let mut hasher = DefaultHasher::new();
        (&tokens, tokenizer.eos_token_ids()).hash(&mut hasher);
        let hash = hasher.finish();
        if let Some(known) = self.0.get(&hash) {
            return Ok(Arc::clone(known));
        }
        let encoder = Arc::clone(tokenizer);
        // A text that cannot be encoded forces no tokens.
        let encode = move |text: &str| encoder.encode(text, EncodeOptions::default()).unwrap_or_default();
        let vocabulary = Vocabulary::new(tokens, tokenizer.eos_token_ids(), Some(Arc::new(encode)))?;
        let vocabulary = Arc::new(vocabulary);
        self.0.insert(hash, Arc::clone(&vocabulary));
        Ok(vocabulary)
    }
}
