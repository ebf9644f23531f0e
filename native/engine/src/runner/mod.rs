mod admission;
mod command;
mod step;
mod unloading;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use conduit_backend::Backend;

pub(crate) use self::command::{Added, Command, Models};
use self::step::InFlight;
use crate::fairness::{Clients, Cost};
use crate::memory::KvMemory;
use crate::model_handle::ModelHandle;
use crate::model_state::ModelState;
use crate::registry::Registry;
use crate::sequence::Sequence;
use crate::task::{SequenceId, Task};
use crate::{AddModelError, GenerationError};

/// The time, as the engine's thread sees it.
pub(crate) type Clock = Box<dyn Fn() -> Instant + Send>;

/// The engine's thread: at most one step runs while the next one is put together.
pub(crate) struct Runner<B: Backend> {
    backend: Arc<B>,
    memory: KvMemory,
    commands: Receiver<Command<B>>,
    registry: Arc<Registry>,
    failure: Arc<OnceLock<String>>,
    clock: Clock,
    models: Models<B>,
    clients: Clients,
    in_flight: Option<InFlight<B>>,
    /// What the model had computed that had the last step, in the virtual time of all models.
    model_time: Cost,
    /// The request that found no room, and what had been released by then.
    blocked: Option<((Cost, SequenceId), u64)>,
}

impl<B: Backend> Runner<B> {
    pub(crate) fn new(
        backend: Arc<B>,
        memory: KvMemory,
        commands: Receiver<Command<B>>,
        registry: Arc<Registry>,
        failure: Arc<OnceLock<String>>,
        clock: Clock,
    ) -> Self {
        Self {
            backend,
            memory,
            commands,
            registry,
            failure,
            clock,
            models: Models::new(),
            clients: Clients::default(),
            in_flight: None,
            model_time: 0,
            blocked: None,
        }
    }

    /// Runs until [`Command::Shutdown`], or until the engine is gone.
    pub(crate) fn run(mut self) {
        loop {
            match self.next_command() {
                Wake::Command(Command::Shutdown) | Wake::Abandoned => break,
                Wake::Command(command) => self.handle(command),
                Wake::Step => self.turn(),
            }
        }
        self.shut_down();
    }

    /// Does what there is to do now, at most one step of it; whether there was anything.
    #[cfg(test)]
    pub(crate) fn poll(&mut self) -> bool {
        let mut has_worked = false;
        while let Ok(command) = self.commands.try_recv() {
            self.handle(command);
            has_worked = true;
        }
        if self.has_work((self.clock)()) {
            self.turn();
            has_worked = true;
        }
        has_worked
    }

    /// Fails where something is still counted although nobody asks for anything.
    #[cfg(test)]
    pub(crate) fn check_idle(&self) {
        assert!(self.in_flight.is_none());
        assert_eq!(self.memory.promised(), 0);
        assert_eq!(self.clients.active(), 0);
    }

    /// A step, and what has come due.
    fn turn(&mut self) {
        let turn = catch_unwind(AssertUnwindSafe(|| {
            self.step()?;
            self.close_models()
        }));
        match turn {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.fail(&GenerationError::from(&error)),
            Err(_) => self.fail(&GenerationError {
                code: "internal_error",
                message: "the engine met a fault of its own and has stopped".to_owned(),
            }),
        }
    }

    pub(crate) fn shut_down(&mut self) {
        let _ = self.finish_step();
        let code = "engine_unhealthy";
        let error = GenerationError { code, message: "the engine was shut down".to_owned() };
        self.fail_all(&error);
        for key in std::mem::take(&mut self.models).into_keys() {
            self.memory.remove_model(key);
        }
    }

    /// Commands come before steps; without either the thread sleeps.
    fn next_command(&self) -> Wake<B> {
        let now = (self.clock)();
        if self.has_work(now) {
            return match self.commands.try_recv() {
                Ok(command) => Wake::Command(command),
                Err(TryRecvError::Empty) => Wake::Step,
                Err(TryRecvError::Disconnected) => Wake::Abandoned,
            };
        }
        let Some(wake) = self.wakes_at() else {
            return self.commands.recv().map_or(Wake::Abandoned, Wake::Command);
        };
        match self.commands.recv_timeout(wake.saturating_duration_since(now)) {
            Ok(command) => Wake::Command(command),
            Err(RecvTimeoutError::Timeout) => Wake::Step,
            Err(RecvTimeoutError::Disconnected) => Wake::Abandoned,
        }
    }

    fn has_work(&self, now: Instant) -> bool {
        let has_work = |model: &ModelState<B>| {
            !model.running.is_empty() || model.next_admission(now).is_some() || Self::is_due(model, now)
        };
        self.in_flight.is_some() || self.models.values().any(has_work)
    }

    /// When there is something to do though nobody asks for anything.
    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        let now = (self.clock)();
        let times = |model: &ModelState<B>| [model.starts_at(), Self::closes_at(model, now)];
        self.models.values().flat_map(times).flatten().min()
    }

    fn handle(&mut self, command: Command<B>) {
        match command {
            Command::AddModel(add, reply) => {
                self.settle();
                let added = match self.failure.get() {
                    Some(reason) => Err(AddModelError::Unhealthy { reason: reason.clone() }),
                    None => add(&self.models, &self.memory),
                };
                let _ = reply.send(added.map(|added| self.add_model(added)));
            }
            Command::Submit { model, tasks } => self.submit(&model, tasks),
            Command::RemoveModel { model, how, reply } => self.begin_unload(model, how, reply),
            Command::Released { model } => self.released(model),
            Command::MakeRoom { bytes, reply } => {
                let _ = reply.send(self.make_room(bytes));
            }
            Command::Shutdown => {}
        }
    }

    fn add_model(&mut self, (mut model, layouts): Added<B>) -> Arc<ModelHandle> {
        let handle = Arc::clone(&model.handle);
        model.idle_since = (self.clock)();
        self.memory.add_model(handle.key, &layouts);
        handle.holds.take();
        self.models.insert(handle.key, model);
        self.registry.insert(&handle);
        handle
    }

    fn submit(&mut self, handle: &Arc<ModelHandle>, tasks: Vec<Task>) {
        let now = (self.clock)();
        let failure = self.failure.get().cloned().map(|message| ("engine_unhealthy", message));
        for task in tasks {
            let turn = self.clients.arrive(&task.client, task.expected_cost);
            let mut sequence = Sequence::new(task, now, turn);
            match self.models.get_mut(&handle.key) {
                Some(model) if failure.is_none() => model.insert(sequence),
                _ => {
                    let unloaded = || ("model_unloaded", format!("the model {:?} was unloaded", handle.id));
                    let (code, message) = failure.clone().unwrap_or_else(unloaded);
                    sequence.fail(GenerationError { code, message });
                    let (expected, actual) = sequence.costs(1);
                    self.clients.depart(sequence.client(), expected, actual);
                    handle.stop_waiting(sequence.prompt_tokens());
                }
            }
        }
    }

    /// Waits for the step in flight.
    fn settle(&mut self) {
        if let Err(error) = self.finish_step() {
            self.fail(&GenerationError::from(&error));
        }
    }

    fn fail(&mut self, error: &GenerationError) {
        let _ = self.failure.set(error.message.clone());
        tracing::error!(code = error.code, message = error.message, "the engine has stopped");
        self.in_flight = None;
        self.fail_all(error);
    }

    /// Fails all requests; no step is in flight any more.
    fn fail_all(&mut self, error: &GenerationError) {
        let now = (self.clock)();
        for model in self.models.values_mut() {
            model.fail_all(error);
            model.sweep(&mut self.memory, &mut self.clients, now);
        }
    }
}

enum Wake<B: Backend> {
    Command(Command<B>),
    Step,
    /// The engine was dropped.
    Abandoned,
}
