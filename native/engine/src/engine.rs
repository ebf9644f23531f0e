use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use conduit_backend::{Backend, BackendError, Bucket, EXTENT_BYTES, Memory, Model};

use crate::constraint::Constraint;
use crate::generation::Generation;
use crate::grammar::Grammar;
use crate::model_state::{ModelHandle, ModelState};
use crate::pages::Pages;
use crate::runner::{Command, Runner};
use crate::sequence::Task;
use crate::{AddModelError, Request, SubmitError, Vocabulary, sampling};

/// Limits of an engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// Tokens of prompts in one step, beside one for each answer under way. Default 256: enough for the kernels, short
    /// enough that a long prompt does not hold up the answers beside it.
    pub step_tokens: usize,
    /// Requests that may wait for a place, for each model. Default 1024.
    pub queue_limit: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { step_tokens: 256, queue_limit: 1024 }
    }
}

/// A model and how it is served.
pub struct ModelSpec<B: Backend> {
    pub id: String,
    pub model: Box<dyn Model<B>>,
    /// Longest sequence in tokens, prompt and answer together.
    pub max_model_len: usize,
    /// Largest running batch.
    pub max_model_concurrency: usize,
    /// How long an idle model waits for companions before its first step.
    pub batch_wait: Duration,
    /// The tokenizer's vocabulary, and with it the tokens that end an answer.
    pub vocabulary: Arc<Vocabulary>,
}

/// What a model has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelLoad {
    /// Requests that wait for a place or for pages.
    pub waiting: usize,
    /// Requests that hold pages.
    pub running: usize,
}

/// Several models on one device, driven by one thread. Dropping it fails what still runs and waits for the thread.
pub struct Engine<B: Backend> {
    backend: Arc<B>,
    memory: Arc<dyn Memory>,
    options: EngineOptions,
    models: RwLock<BTreeMap<String, Arc<ModelHandle>>>,
    arrivals: AtomicU64,
    failure: Arc<OnceLock<String>>,
    commands: Sender<Command<B>>,
    thread: Option<JoinHandle<()>>,
}

impl<B: Backend> Engine<B> {
    /// Starts the engine's thread.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn new(backend: Arc<B>, memory: Arc<dyn Memory>, options: EngineOptions) -> std::io::Result<Self> {
        let (commands, receiver) = channel();
        let failure = Arc::new(OnceLock::new());
        let runner = Runner::new(Arc::clone(&backend), Arc::clone(&memory), receiver, Arc::clone(&failure));
        let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(move || runner.run())?;
        Ok(Self {
            backend,
            memory,
            options,
            models: RwLock::default(),
            arrivals: AtomicU64::new(0),
            failure,
            commands,
            thread: Some(thread),
        })
    }

    /// Takes a model into service. Waits for the step that is running.
    ///
    /// # Errors
    /// Where the specification contradicts the model, or one longest sequence would not fit the memory.
    pub fn add_model(&self, spec: ModelSpec<B>) -> Result<(), AddModelError> {
        self.check(&spec)?;
        let id = spec.id.clone();
        let (backend, memory, options) = (Arc::clone(&self.backend), Arc::clone(&self.memory), self.options);
        let name = spec.id.clone();
        let add = move |models: &[ModelState<B>]| {
            let prepare = || prepare(&*backend, &*memory, options, spec, models);
            // The engine's thread has other models to serve.
            catch_unwind(AssertUnwindSafe(prepare)).unwrap_or(Err(AddModelError::Fault { model: name }))
        };
        let (reply, answer) = sync_channel(1);
        let stopped = || AddModelError::Unhealthy { reason: self.failure().unwrap_or_default() };
        self.commands.send(Command::AddModel(Box::new(add), reply)).map_err(|_| stopped())?;
        let handle = answer.recv().map_err(|_| stopped())??;
        self.models.write().unwrap_or_else(PoisonError::into_inner).insert(id, handle);
        Ok(())
    }

    fn check(&self, spec: &ModelSpec<B>) -> Result<(), AddModelError> {
        let invalid = |name, expected, found| {
            Err(AddModelError::InvalidSpec { model: spec.id.clone(), name, expected, found })
        };
        let positions = spec.model.max_positions();
        if !(2..=positions).contains(&spec.max_model_len) {
            let expected = format!("between 2 and {positions}, the positions the model was made for");
            return invalid("max_model_len", expected, spec.max_model_len);
        }
        if spec.max_model_concurrency == 0 {
            return invalid("max_model_concurrency", "at least 1".to_owned(), 0);
        }
        Ok(())
    }

    /// Takes a request. A grammar is compiled on the calling thread, which may take some milliseconds.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn submit(&self, model: &str, request: Request) -> Result<Generation, SubmitError> {
        let handle = self.handle(model).ok_or_else(|| {
            let loaded = self.models.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
            SubmitError::UnknownModel { model: model.to_owned(), loaded }
        })?;
        let limit = validate(&request, &handle)?;
        let (vocabulary, vocab_size) = (&handle.vocabulary, handle.vocab_size);
        let grammar =
            request.grammar.map(|spec| Grammar::compile(spec, vocabulary, vocab_size)).transpose()?;
        let constraint = grammar.map(|grammar| {
            Constraint::new(grammar, request.reasoning, vocabulary, vocab_size, &request.stop_tokens)
        });
        if let Some(reason) = self.failure() {
            return Err(SubmitError::Unhealthy { reason });
        }
        let queue_limit = self.options.queue_limit;
        let place = |waiting| (waiting < queue_limit).then_some(waiting + 1);
        if handle.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, place).is_err() {
            return Err(SubmitError::QueueFull { limit: queue_limit });
        }
        let (events, generation) = Generation::channel();
        let task = Box::new(Task {
            id: self.arrivals.fetch_add(1, Ordering::Relaxed),
            prompt: request.prompt,
            limit,
            sampling: request.sampling,
            seed: request.seed.unwrap_or_else(sampling::random_seed),
            constraint,
            stop_tokens: request.stop_tokens,
            events,
        });
        self.commands
            .send(Command::Submit { model: handle.index, task })
            .map_err(|_| SubmitError::Unhealthy { reason: self.failure().unwrap_or_default() })?;
        Ok(generation)
    }

    /// Why the engine has stopped; `None` while it is in order.
    pub fn failure(&self) -> Option<String> {
        self.failure.get().cloned()
    }

    /// What a model has to do; `None` where it is not loaded.
    pub fn load(&self, model: &str) -> Option<ModelLoad> {
        let handle = self.handle(model)?;
        let read = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        Some(ModelLoad { waiting: read(&handle.waiting), running: read(&handle.running) })
    }

    fn handle(&self, model: &str) -> Option<Arc<ModelHandle>> {
        self.models.read().unwrap_or_else(PoisonError::into_inner).get(model).cloned()
    }
}

impl<B: Backend> Drop for Engine<B> {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Shutdown);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The most tokens that the answer may have.
fn validate(request: &Request, model: &ModelHandle) -> Result<usize, SubmitError> {
    let (prompt_tokens, max_model_len) = (request.prompt.len(), model.max_model_len);
    if prompt_tokens == 0 {
        return Err(SubmitError::EmptyPrompt);
    }
    if prompt_tokens >= max_model_len {
        return Err(SubmitError::PromptTooLong { prompt_tokens, max_model_len });
    }
    let markers = request.reasoning.map(|reasoning| [reasoning.start, reasoning.end]);
    let mut tokens = request.prompt.iter().chain(markers.iter().flatten());
    if let Some(&token) = tokens.find(|&&token| token as usize >= model.vocab_size) {
        return Err(SubmitError::InvalidToken { token, vocab_size: model.vocab_size });
    }
    if request.max_tokens == Some(0) {
        let (name, expected) = ("max_tokens", "at least 1");
        return Err(SubmitError::InvalidParameter { name, expected, found: "0".to_owned() });
    }
    request.sampling.validate()?;
    let room = max_model_len - prompt_tokens;
    Ok(request.max_tokens.map_or(room, |max_tokens| max_tokens.min(room)))
}

/// Records a model's plans and sees to it that one longest sequence fits.
fn prepare<B: Backend>(
    backend: &B,
    memory: &dyn Memory,
    options: EngineOptions,
    spec: ModelSpec<B>,
    models: &[ModelState<B>],
) -> Result<ModelState<B>, AddModelError> {
    if models.iter().any(|model| model.handle.id == spec.id) {
        return Err(AddModelError::Duplicate(spec.id));
    }
    let failed = |source| AddModelError::Backend { model: spec.id.clone(), source };
    for layout in spec.model.kv_groups() {
        if layout.block_bytes() > EXTENT_BYTES {
            let message = format!("a KV block of {} bytes does not fit an extent", layout.block_bytes());
            return Err(failed(BackendError::Unsupported(message)));
        }
    }
    let pages = Pages::new(spec.model.kv_groups());
    let needed = pages.extents_for(spec.max_model_len);
    let in_use: usize = models.iter().map(|model| model.pages().mapped_extents()).sum();
    let available = memory.free_extents() + in_use;
    if needed > available {
        return Err(AddModelError::CacheTooSmall {
            model: spec.id,
            needed_bytes: (needed * EXTENT_BYTES) as u64,
            available_bytes: (available * EXTENT_BYTES) as u64,
        });
    }
    let rows = spec.max_model_concurrency;
    // A full batch of answers leaves prompts their share.
    let sizes = [rows, options.step_tokens.max(1).saturating_add(rows)];
    let plans = sizes
        .into_iter()
        .map(|max_tokens| {
            let bucket = Bucket { max_tokens, max_rows: rows };
            Ok((bucket, backend.record(&*spec.model, bucket).map_err(failed)?))
        })
        .collect::<Result<_, _>>()?;
    let handle = Arc::new(ModelHandle {
        id: spec.id.clone(),
        index: models.len(),
        max_model_len: spec.max_model_len,
        vocab_size: spec.model.vocab_size(),
        vocabulary: Arc::clone(&spec.vocabulary),
        waiting: AtomicUsize::new(0),
        running: AtomicUsize::new(0),
    });
    Ok(ModelState::new(handle, plans, pages, spec.max_model_concurrency, spec.batch_wait))
}
