//! The engine on a device made of this process: two models share one extent for their caches, requests come, are refused and
//! are given up, and every answer is the one that a quiet engine gives.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use conduit_backend::{Backend, Budget, EXTENT_BYTES, Memory, Model};
use conduit_backend_cuda::driver::host::{HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaOptions};
use conduit_engine::{
    Engine, EngineOptions, Event, FinishReason, Generation, ModelSpec, Request, Retention, Sampling,
    SubmitError, TokenBytes, Vocabulary,
};
use conduit_models::{ByteProgress, LoadOptions};
use conduit_testkit::model::{Family, TinyModel};
use tempfile::TempDir;

type Host = CudaBackend<HostDriver>;

const MODELS: [(&str, Family); 2] = [("qwen3", Family::Qwen3), ("llama", Family::Llama)];
const MAX_MODEL_LEN: usize = 64;
/// One for the weights of both models, which lie side by side, and one for the caches: whoever has work takes it.
const EXTENTS: usize = 2;

/// Seeded numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

fn write_models() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (id, family) in MODELS {
        TinyModel::small(family).write(&root.path().join(id)).unwrap();
    }
    root
}

fn open() -> (Arc<Host>, Arc<dyn Memory>) {
    let driver = HostDriver::new(&HostOptions::default());
    let backend = Arc::new(Host::new(driver, CudaOptions { deterministic: true }).unwrap());
    let memory = backend.memory(Budget { bytes: (EXTENTS * EXTENT_BYTES) as u64 }).unwrap();
    (backend, memory)
}

/// An engine with both models.
fn engine(backend: &Arc<Host>, memory: &Arc<dyn Memory>, models: &Path, concurrency: usize) -> Engine<Host> {
    let options = EngineOptions { step_tokens: 24, ..EngineOptions::default() };
    let engine = Engine::new(Arc::clone(backend), Arc::clone(memory), options).unwrap();
    for (id, _) in MODELS {
        let options = LoadOptions { max_model_len: MAX_MODEL_LEN };
        let model =
            conduit_models::load(&**backend, &models.join(id), options, &ByteProgress::default()).unwrap();
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
    engine
}

/// One token a byte; only the limits end an answer.
fn vocabulary(vocab_size: usize) -> Arc<Vocabulary> {
    let token = |id: usize| match u8::try_from(id) {
        Ok(byte) => TokenBytes::Text(vec![byte]),
        Err(_) => TokenBytes::Special(format!("<{id}>").into_bytes()),
    };
    Arc::new(Vocabulary::new((0..vocab_size).map(token).collect(), &[], None).unwrap())
}

fn random_request(random: &mut Random) -> Request {
    let length = 1 + random.below(40);
    Request {
        prompt: (0..length).map(|_| random.below(256) as u32).collect(),
        max_tokens: Some(1 + random.below(12)),
        sampling: Sampling {
            temperature: if random.chance(50) { 0.0 } else { 0.9 },
            top_k: 30,
            repetition_penalty: if random.chance(20) { 1.3 } else { 1.0 },
            presence_penalty: if random.chance(20) { 0.8 } else { 0.0 },
            ..Sampling::default()
        },
        seed: Some(random.next()),
        ..Request::default()
    }
}

fn read(mut generation: Generation) -> Vec<u32> {
    let mut tokens = Vec::new();
    while let Some(event) = generation.blocking_next() {
        match event {
            Event::Token { id, .. } => tokens.push(id),
            Event::Finished { reason, usage } => {
                assert_eq!((reason, usage.completion_tokens), (FinishReason::Length, tokens.len()));
                return tokens;
            }
            Event::Failed(error) => panic!("{error:?}"),
        }
    }
    panic!("the events ended without a last one");
}

/// Requests that no engine takes, each with its own refusal.
fn assert_refusals(engine: &Engine<Host>, model: &str) {
    let submit =
        |prompt: Vec<u32>| engine.submit(model, Request { prompt, ..Request::default() }).unwrap_err();
    assert!(matches!(submit(Vec::new()), SubmitError::EmptyPrompt));
    assert!(matches!(submit(vec![1; MAX_MODEL_LEN]), SubmitError::PromptTooLong { .. }));
    assert!(matches!(submit(vec![1_000_000]), SubmitError::InvalidToken { .. }));
}

#[test]
fn every_answer_of_a_mix_is_that_of_a_quiet_engine_and_all_extents_come_back() {
    let count = if std::env::var_os("CONDUIT_FULL").is_some() { 600 } else { 40 };
    let models = write_models();
    let mut random = Random(3);
    let requests: Vec<_> =
        (0..count).map(|_| (MODELS[random.below(2)].0, random_request(&mut random))).collect();

    let (backend, memory) = open();
    let busy = engine(&backend, &memory, models.path(), 8);
    let (mut answers, mut abandoned) = (Vec::new(), Vec::new());
    for (index, (model, request)) in requests.iter().enumerate() {
        let generation = busy.submit(model, request.clone()).unwrap();
        if random.chance(15) {
            abandoned.push(generation);
        } else {
            answers.push((index, generation));
        }
        if random.chance(5) {
            assert_refusals(&busy, model);
        }
        if random.chance(30) {
            abandoned.pop();
        }
    }
    drop(abandoned);
    let answers: Vec<_> = answers.into_iter().map(|(index, generation)| (index, read(generation))).collect();
    assert_eq!(busy.failure(), None);
    drop(busy);
    assert_eq!(memory.free_extents(), EXTENTS, "extents were lost");

    let quiet = engine(&backend, &memory, models.path(), 1);
    for (index, answer) in answers {
        let (model, request) = &requests[index];
        assert_eq!(answer.len(), request.max_tokens.unwrap());
        assert_eq!(answer, read(quiet.submit(model, request.clone()).unwrap()), "request {index}");
    }
    drop(quiet);
    assert_eq!(memory.free_extents(), EXTENTS, "extents were lost");
}

#[test]
fn models_are_served_unloaded_and_served_again() {
    let models = write_models();
    let (backend, memory) = open();
    let request = Request { max_tokens: Some(6), ..random_request(&mut Random(5)) };
    let round = || {
        let engine = engine(&backend, &memory, models.path(), 2);
        let answers = MODELS.map(|(id, _)| read(engine.submit(id, request.clone()).unwrap()));
        drop(engine);
        assert_eq!(memory.free_extents(), EXTENTS, "extents were lost");
        let usage = backend.usage();
        assert_eq!((usage.weight_extents, usage.kv_extents), (0, 0));
        (answers, usage.workspace_bytes)
    };
    let first = round();
    for _ in 0..2 {
        assert_eq!(round(), first, "an answer or the workspace is another one");
    }
}
