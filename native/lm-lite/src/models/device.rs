use std::path::Path;
use std::sync::Arc;

use conduit_backend::{Backend, Budget};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_engine::{
    Engine, EngineOptions, Generation, ModelLoad, ModelSpec, Request, SubmitError, Vocabulary,
};
use conduit_models::{ByteProgress, LoadOptions};

use super::EngineMetrics;
use super::load::LoadError;
use crate::config::Device as DeviceChoice;
use crate::{ModelConfig, ServeError, ServeOptions};

/// An engine on some device, whichever that is.
pub(crate) trait Device: Send + Sync {
    /// Loads a folder's weights, which are counted, and takes the model into service.
    fn add_model(
        &self,
        folder: &Path,
        config: &ModelConfig,
        vocabulary: Arc<Vocabulary>,
        weights: &ByteProgress,
    ) -> Result<(), LoadError>;

    /// Takes a request; see [`Engine::submit`].
    fn submit(&self, model: &str, request: Request) -> Result<Generation, SubmitError>;

    /// What the engine says of a model; `None` where it is not loaded.
    fn metrics(&self, model: &str) -> Option<EngineMetrics>;

    /// Why it answers nothing any more.
    fn failure(&self) -> Option<String>;
}

/// Opens the device that the options ask for, with its memory.
pub(crate) fn open_device(options: &ServeOptions) -> Result<Arc<dyn Device>, ServeError> {
    match options.device {
        DeviceChoice::Auto | DeviceChoice::Cpu => {
            let cpu = CpuBackend::new(CpuOptions { threads: options.threads, ..CpuOptions::default() })?;
            EngineDevice::open(cpu, options.memory_limit_bytes)
        }
    }
}

struct EngineDevice<B: Backend> {
    backend: Arc<B>,
    engine: Engine<B>,
}

impl<B: Backend> EngineDevice<B> {
    fn open(backend: B, memory_limit_bytes: u64) -> Result<Arc<dyn Device>, ServeError> {
        let backend = Arc::new(backend);
        let memory = backend.memory(Budget { bytes: memory_limit_bytes })?;
        tracing::info!(device = backend.name(), memory_limit_bytes, "opened");
        let engine = Engine::new(Arc::clone(&backend), memory, EngineOptions::default())?;
        Ok(Arc::new(Self { backend, engine }))
    }
}

impl<B: Backend> Device for EngineDevice<B> {
    fn add_model(
        &self,
        folder: &Path,
        config: &ModelConfig,
        vocabulary: Arc<Vocabulary>,
        weights: &ByteProgress,
    ) -> Result<(), LoadError> {
        let options = LoadOptions { max_model_len: config.max_model_len };
        let model = conduit_models::load(&*self.backend, folder, options, weights)?;
        self.engine.add_model(ModelSpec {
            id: config.name.clone(),
            model: Box::new(model),
            max_model_len: config.max_model_len,
            max_model_concurrency: config.max_model_concurrency,
            batch_wait: config.batch_wait,
            vocabulary,
        })?;
        Ok(())
    }

    fn submit(&self, model: &str, request: Request) -> Result<Generation, SubmitError> {
        self.engine.submit(model, request)
    }

    fn metrics(&self, model: &str) -> Option<EngineMetrics> {
        let ModelLoad { running, waiting } = self.engine.load(model)?;
        Some(EngineMetrics { running, waiting, ..EngineMetrics::default() })
    }

    fn failure(&self) -> Option<String> {
        self.engine.failure()
    }
}
