use std::path::Path;
use std::sync::Arc;

use conduit_backend::{Backend, Budget};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_backend_cuda::nvidia::{NvidiaDriver, OpenError, devices};
use conduit_backend_cuda::{CudaBackend, CudaOptions};
use conduit_engine::{
    Embedding, EmbeddingRequest, Engine, EngineOptions, Generation, ModelSpec, Request, Retention,
    SubmitError, Vocabulary,
};
use conduit_models::{ByteProgress, LoadOptions};

use super::EngineMetrics;
use super::load::LoadError;
use crate::config::default_memory_limit;
use crate::{DeviceChoice, ModelConfig, ServeError, ServeOptions};

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

    /// Takes texts to be embedded; see [`Engine::embed`].
    fn embed(&self, model: &str, request: EmbeddingRequest) -> Result<Vec<Embedding>, SubmitError>;

    /// What the engine says of a model; `None` where it is not loaded.
    fn metrics(&self, model: &str) -> Option<EngineMetrics>;

    /// Why it answers nothing any more.
    fn failure(&self) -> Option<String>;
}

/// Opens the device that the options ask for, with its memory.
pub(crate) fn open_device(options: &ServeOptions) -> Result<Arc<dyn Device>, ServeError> {
    match options.device {
        DeviceChoice::Cpu => open_cpu(options),
        DeviceChoice::Cuda(index) => {
            let driver = NvidiaDriver::open(index).map_err(|source| ServeError::Gpu { index, source })?;
            open_gpu(driver, options)
        }
        DeviceChoice::Auto => match first_gpu() {
            Ok(driver) => open_gpu(driver, options),
            Err(reason) => {
                if reason.is_absence() {
                    tracing::info!("uses the CPU: {reason}");
                } else {
                    tracing::warn!("uses the CPU: {reason}");
                }
                open_cpu(options)
            }
        },
    }
}

/// The first GPU that can be used, or why the first one cannot.
fn first_gpu() -> Result<NvidiaDriver, OpenError> {
    let mut reason = None;
    for index in 0..devices()?.len() {
        match NvidiaDriver::open(index) {
            Ok(driver) => return Ok(driver),
            Err(error) => {
                reason.get_or_insert(error);
            }
        }
    }
    Err(reason.unwrap_or(OpenError::NoGpu))
}

fn open_cpu(options: &ServeOptions) -> Result<Arc<dyn Device>, ServeError> {
    let cpu = CpuBackend::new(CpuOptions { threads: options.threads, ..CpuOptions::default() })?;
    EngineDevice::open(cpu, options.memory_limit_bytes.unwrap_or_else(default_memory_limit))
}

fn open_gpu(driver: NvidiaDriver, options: &ServeOptions) -> Result<Arc<dyn Device>, ServeError> {
    let gpu = CudaBackend::new(driver, CudaOptions { deterministic: options.deterministic })?;
    let limit = match options.memory_limit_bytes {
        Some(limit) => limit,
        // The rest is for what steps need beside weights and caches, whatever the model.
        None => gpu.memory_info()?.free_bytes / 10 * 9,
    };
    EngineDevice::open(gpu, limit)
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
            retention: Retention::Pinned,
        })?;
        Ok(())
    }

    fn submit(&self, model: &str, request: Request) -> Result<Generation, SubmitError> {
        self.engine.submit(model, request)
    }

    fn embed(&self, model: &str, request: EmbeddingRequest) -> Result<Vec<Embedding>, SubmitError> {
        self.engine.embed(model, request)
    }

    fn metrics(&self, model: &str) -> Option<EngineMetrics> {
        let status = self.engine.status(model)?;
        Some(EngineMetrics {
            running: status.running,
            waiting: status.waiting,
            kv_pages: status.pages_in_use + status.pages_kept,
            prefix_tokens: status.prompt_tokens,
            prefix_hit_tokens: status.cached_tokens,
            evicted_pages: status.evicted_pages,
            preemptions: status.pushed_back,
        })
    }

    fn failure(&self) -> Option<String> {
        self.engine.failure()
    }
}
