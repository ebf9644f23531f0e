use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use conduit_backend::{Backend, Budget, EXTENT_BYTES, Memory, Model};
use conduit_backend_cuda::driver::host::{HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaOptions};
use conduit_engine::{
    Engine, EngineOptions, Event, FinishReason, Generation, ModelSpec, Retention, TokenBytes, Vocabulary,
};
use conduit_models::{ByteProgress, LoadOptions};
use conduit_testkit::model::{Family, TinyModel};
use tempfile::TempDir;

pub type Host = CudaBackend<HostDriver>;

pub const MODELS: [&str; 3] = ["qwen3", "llama", "qwen2"];
pub const MAX_MODEL_LEN: usize = 64;
/// Requests that may wait for a model.
pub const QUEUE_LIMIT: usize = 8;
/// For the weights of all models, which lie side by side.
const WEIGHT_EXTENTS: usize = 1;

/// Three models of other families, shapes and vocabularies.
pub fn write_models() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let shapes = [
        TinyModel::small(Family::Qwen3),
        TinyModel { heads: 2, kv_heads: 1, head_dim: 32, merges: 120, ..TinyModel::small(Family::Llama) },
        TinyModel { layers: 1, tied_head: false, merges: 60, ..TinyModel::small(Family::Qwen2) },
    ];
    for (seed, (id, shape)) in (1..).zip(MODELS.into_iter().zip(shapes)) {
        TinyModel { seed, ..shape }.write(&root.path().join(id)).unwrap();
    }
    root
}

pub fn open(cache_extents: usize) -> (Arc<Host>, Arc<dyn Memory>) {
    open_with(cache_extents, &HostOptions::default())
}

pub fn open_with(cache_extents: usize, options: &HostOptions) -> (Arc<Host>, Arc<dyn Memory>) {
    let driver = HostDriver::new(options);
    let backend = Arc::new(Host::new(driver, CudaOptions { deterministic: true }).unwrap());
    let bytes = (WEIGHT_EXTENTS + cache_extents) * EXTENT_BYTES;
    let memory = backend.memory(Budget { bytes: bytes as u64 }).unwrap();
    (backend, memory)
}

/// An engine with all models.
pub fn engine(
    backend: &Arc<Host>,
    memory: &Arc<dyn Memory>,
    models: &Path,
    concurrency: usize,
) -> Engine<Host> {
    let options = EngineOptions { step_tokens: 24, queue_limit: QUEUE_LIMIT, ..EngineOptions::default() };
    let engine = Engine::new(Arc::clone(backend), Arc::clone(memory), options).unwrap();
    for id in MODELS {
        add_model(&engine, backend, &models.join(id), id, concurrency);
    }
    engine
}

pub fn add_model(
    engine: &Engine<Host>,
    backend: &Arc<Host>,
    folder: &Path,
    id: &'static str,
    concurrency: usize,
) {
    let options = LoadOptions { max_model_len: MAX_MODEL_LEN, quantization: None, kv_dtype: None };
    let model = conduit_models::load(&**backend, folder, options, &ByteProgress::default()).unwrap();
    let vocabulary = vocabulary(model.vocab_size());
    let spec = ModelSpec {
        id: id.to_owned(),
        model: Box::new(model),
        max_model_len: MAX_MODEL_LEN,
        max_model_concurrency: concurrency,
        batch_wait: Duration::ZERO,
        vocabulary,
        retention: Retention::Pinned,
    };
    engine.add_model(spec).unwrap();
}

/// One token a byte; only limits and grammars end an answer.
fn vocabulary(vocab_size: usize) -> Arc<Vocabulary> {
    let token = |id: usize| match u8::try_from(id) {
        Ok(byte) => TokenBytes::Text(vec![byte]),
        Err(_) => TokenBytes::Special(format!("<{id}>").into_bytes()),
    };
    Arc::new(Vocabulary::new((0..vocab_size).map(token).collect(), &[], None).unwrap())
}

/// The tokens of an answer up to so many, and its end where that came before.
pub fn read(generation: &mut Generation, most_tokens: usize) -> (Vec<u32>, Option<FinishReason>) {
    let mut tokens = Vec::new();
    while tokens.len() < most_tokens {
        match generation.blocking_next() {
            Some(Event::Token { id, .. }) => tokens.push(id),
            Some(Event::Finished { reason, usage }) => {
                assert_eq!(usage.completion_tokens, tokens.len());
                return (tokens, Some(reason));
            }
            Some(Event::Failed(error)) => panic!("{error:?}"),
            None => panic!("the events ended without a last one"),
        }
    }
    (tokens, None)
}
