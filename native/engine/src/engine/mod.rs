mod add_model;
mod embed;
mod options;
mod submit;

use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use conduit_backend::{Backend, Memory};

pub use self::options::{EngineOptions, ModelSpec};
use crate::memory::KvMemory;
use crate::model_handle::ModelHandle;
use crate::registry::Registry;
use crate::runner::{Clock, Command, Runner};
use crate::{ModelStatus, ModelTotals, RemoveModelError, SubmitError, Unload};

/// Several models on one device, driven by one thread. Dropping it fails what still runs and waits for the thread.
pub struct Engine<B: Backend> {
    backend: Arc<B>,
    options: EngineOptions,
    pub(crate) registry: Arc<Registry>,
    arrivals: AtomicU64,
    model_keys: AtomicU64,
    /// The client of requests that name none.
    nobody: Arc<str>,
    failure: Arc<OnceLock<String>>,
    pub(crate) commands: Sender<Command<B>>,
    thread: Option<JoinHandle<()>>,
}

impl<B: Backend> Engine<B> {
    /// Starts the engine's thread.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn new(backend: Arc<B>, memory: Arc<dyn Memory>, options: EngineOptions) -> std::io::Result<Self> {
        let (mut engine, runner) = Self::with_runner(backend, memory, options, Box::new(Instant::now));
        let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(move || runner.run())?;
        engine.thread = Some(thread);
        Ok(engine)
    }

    /// An engine whose thread is the caller's affair.
    pub(crate) fn with_runner(
        backend: Arc<B>,
        memory: Arc<dyn Memory>,
        options: EngineOptions,
        clock: Clock,
    ) -> (Self, Runner<B>) {
        let (commands, receiver) = channel();
        let failure = Arc::new(OnceLock::new());
        let registry = Arc::new(Registry::default());
        let (same_registry, same_failure) = (Arc::clone(&registry), Arc::clone(&failure));
        let memory = KvMemory::new(memory, options.kept_percent);
        let runner = Runner::new(Arc::clone(&backend), memory, receiver, same_registry, same_failure, clock);
        let engine = Self {
            backend,
            options,
            registry,
            arrivals: AtomicU64::new(0),
            model_keys: AtomicU64::new(0),
            nobody: Arc::from(""),
            failure,
            commands,
            thread: None,
        };
        (engine, runner)
    }

    /// The model of a request.
    fn handle(&self, model: &str) -> Result<Arc<ModelHandle>, SubmitError> {
        self.registry.get(model).ok_or_else(|| SubmitError::UnknownModel {
            model: model.to_owned(),
            loaded: self.registry.all().iter().map(|handle| handle.id.clone()).collect(),
        })
    }

    /// Takes a model out of service and waits until everything that it held has been given back. A model of the same name may
    /// be added again.
    ///
    /// # Errors
    /// `NotLoaded`, also where another thread was faster.
    pub fn remove_model(&self, id: &str, how: Unload) -> Result<(), RemoveModelError> {
        let not_loaded = || RemoveModelError::NotLoaded(id.to_owned());
        let model = self.registry.get(id).ok_or_else(not_loaded)?.key;
        let (reply, gone) = sync_channel(1);
        self.commands.send(Command::RemoveModel { model, how, reply }).map_err(|_| not_loaded())?;
        gone.recv().map_err(|_| not_loaded())
    }

    /// Takes no more requests, waits until those that are there have ended, or until the limit, and unloads all models.
    pub fn drain(&self, limit: Duration) {
        let mut unloading = Vec::new();
        for handle in self.registry.all() {
            let (reply, gone) = sync_channel(1);
            let (model, how) = (handle.key, Unload::Drain { limit });
            if self.commands.send(Command::RemoveModel { model, how, reply }).is_ok() {
                unloading.push(gone);
            }
        }
        for gone in unloading {
            // One that is gone already has nobody to answer.
            let _ = gone.recv();
        }
    }

    /// Frees so many bytes for weights, by giving up what caches only keep, then by unloading evictable models that nobody
    /// uses and nobody holds; how many bytes are free then, which may be less.
    pub fn make_room(&self, bytes: u64) -> u64 {
        let (reply, free) = sync_channel(1);
        let sent = self.commands.send(Command::MakeRoom { bytes, reply });
        sent.ok().and_then(|()| free.recv().ok()).unwrap_or_default()
    }

    /// Why the engine has stopped; `None` while it is in order.
    pub fn failure(&self) -> Option<String> {
        self.failure.get().cloned()
    }

    /// How a model is doing; `None` where it is not loaded. Never waits for a step.
    pub fn status(&self, model: &str) -> Option<ModelStatus> {
        self.registry.get(model).map(|handle| handle.status())
    }

    /// What models of this name have done, loaded or not.
    pub fn totals(&self, model: &str) -> ModelTotals {
        self.registry.counters(model).totals()
    }

    /// How all models are doing, in the order of their names.
    pub fn statuses(&self) -> Vec<ModelStatus> {
        self.registry.all().iter().map(|handle| handle.status()).collect()
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
