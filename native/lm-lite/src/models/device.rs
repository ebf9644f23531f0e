use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use conduit_backend::{Backend, BackendError, Budget};
use conduit_engine::{
    Embedding, EmbeddingRequest, Engine, EngineOptions, Generation, ModelHold, ModelSpec, Request, Retention,
    SubmitError, Unload, Vocabulary,
};
use conduit_models::{ByteProgress, LoadOptions};

use super::EngineMetrics;
use super::load_error::LoadError;
use crate::ModelConfig;

/// An engine on some device, whichever that is.
pub(crate) trait Device: Send + Sync {
    /// Loads a folder's weights, which are counted, and takes the model into service; it stays at least until the hold is
    /// dropped.
    fn add_model(
        &self,
        folder: &Path,
        config: &ModelConfig,
        vocabulary: Arc<Vocabulary>,
        weights: &ByteProgress,
    ) -> Result<ModelHold, LoadError>;

    /// Keeps a model loaded; `None` where it is not, or about to go. See [`Engine::hold`].
    fn hold(&self, model: &str) -> Option<ModelHold>;

    /// Takes a request that is to be answered so many times; see [`Engine::submit_copies`].
    fn submit(&self, model: &str, request: Request, copies: usize) -> Result<Vec<Generation>, SubmitError>;

    /// Takes a model out of service, if it is there; its requests have so long to come to their ends.
    fn remove_model(&self, model: &str, limit: Duration);

    /// Frees memory, where caches and models that nobody uses have it; see [`Engine::make_room`].
    fn make_room(&self, bytes: u64);

    /// Takes texts to be embedded; see [`Engine::embed`].
    fn embed(&self, model: &str, request: EmbeddingRequest) -> Result<Vec<Embedding>, SubmitError>;

    fn is_loaded(&self, model: &str) -> bool;

    /// What the engine says of a model, loaded or not.
    fn metrics(&self, model: &str) -> EngineMetrics;

    /// Why it answers nothing any more, and will not again.
    fn failure(&self) -> Option<String>;
}

/// An engine over one backend.
pub(super) struct EngineDevice<B: Backend> {
    backend: Arc<B>,
    engine: Engine<B>,
    /// What it failed with outside the engine, which may have nothing to do and not know of it.
    load_failure: OnceLock<String>,
}

impl<B: Backend> EngineDevice<B> {
    /// # Errors
    /// Where the backend gives no memory, or the system no thread.
    pub(super) fn open<E>(backend: B, memory_limit_bytes: u64) -> Result<Arc<dyn Device>, E>
    where
        E: From<BackendError> + From<std::io::Error>,
    {
        let backend = Arc::new(backend);
        let memory = backend.memory(Budget { bytes: memory_limit_bytes })?;
        tracing::info!(device = backend.name(), memory_limit_bytes, "opened");
        let engine = Engine::new(Arc::clone(&backend), memory, EngineOptions::default())?;
        Ok(Arc::new(Self { backend, engine, load_failure: OnceLock::new() }))
    }

    fn load(
        &self,
        folder: &Path,
        config: &ModelConfig,
        vocabulary: Arc<Vocabulary>,
        weights: &ByteProgress,
    ) -> Result<ModelHold, LoadError> {
        let ModelConfig { max_model_len, quantization, kv_dtype, .. } = *config;
        let options = LoadOptions { max_model_len, quantization, kv_dtype };
        let model = conduit_models::load(&*self.backend, folder, options, weights)?;
        let evictable = Retention::Evictable { idle_limit: config.idle_unload };
        let retention = if config.is_pinned { Retention::Pinned } else { evictable };
        let held = self.engine.add_model(ModelSpec {
            id: config.name.clone(),
            model: Box::new(model),
            max_model_len: config.max_model_len,
            max_model_concurrency: config.max_model_concurrency,
            batch_wait: config.batch_wait,
            vocabulary,
            retention,
        })?;
        Ok(held)
    }
}

impl<B: Backend> Device for EngineDevice<B> {
    fn add_model(
        &self,
        folder: &Path,
        config: &ModelConfig,
        vocabulary: Arc<Vocabulary>,
        weights: &ByteProgress,
    ) -> Result<ModelHold, LoadError> {
        self.load(folder, config, vocabulary, weights).inspect_err(|error| {
            if error.is_device_failure() {
                self.load_failure.get_or_init(|| error.message.clone());
            }
        })
    }

    fn hold(&self, model: &str) -> Option<ModelHold> {
        self.engine.hold(model)
    }

    fn submit(&self, model: &str, request: Request, copies: usize) -> Result<Vec<Generation>, SubmitError> {
        self.engine.submit_copies(model, request, copies)
    }

    fn remove_model(&self, model: &str, limit: Duration) {
        // One that is not there any more is what was asked for.
        let _ = self.engine.remove_model(model, Unload::Drain { limit });
    }

    fn make_room(&self, bytes: u64) {
        self.engine.make_room(bytes);
    }

    fn embed(&self, model: &str, request: EmbeddingRequest) -> Result<Vec<Embedding>, SubmitError> {
        self.engine.embed(model, request)
    }

    fn is_loaded(&self, model: &str) -> bool {
        self.engine.status(model).is_some()
    }

    fn metrics(&self, model: &str) -> EngineMetrics {
        let (status, totals) = (self.engine.status(model), self.engine.totals(model));
        let now = status.map_or_else(EngineMetrics::default, |status| EngineMetrics {
            running: status.running,
            waiting: status.waiting,
            kv_pages: status.pages_in_use + status.pages_kept,
            held_kv_pages: status.pages_in_use,
            ..EngineMetrics::default()
        });
        EngineMetrics {
            prefix_tokens: totals.prompt_tokens,
            prefix_hit_tokens: totals.cached_tokens,
            evicted_pages: totals.evicted_pages,
            preemptions: totals.pushed_back,
            ..now
        }
    }

    fn failure(&self) -> Option<String> {
        self.engine.failure().or_else(|| self.load_failure.get().cloned())
    }
}
