use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use conduit_backend::{Backend, BackendError, Masks, Memory, RowSampling};

use crate::batch::Member;
use crate::model_state::{ModelHandle, ModelState};
use crate::sequence::Task;
use crate::{AddModelError, GenerationError};

/// What the engine's thread is asked to do.
pub(crate) enum Command<B: Backend> {
    /// Runs on the engine's thread while no step is in flight.
    AddModel(Box<AddModel<B>>, SyncSender<Result<Arc<ModelHandle>, AddModelError>>),
    Submit {
        model: usize,
        task: Box<Task>,
    },
    Shutdown,
}

pub(crate) type AddModel<B> = dyn FnOnce(&[ModelState<B>]) -> Result<ModelState<B>, AddModelError> + Send;

/// The engine's thread: at most one step runs while the next one is put together.
pub(crate) struct Runner<B: Backend> {
    backend: Arc<B>,
    memory: Arc<dyn Memory>,
    commands: Receiver<Command<B>>,
    failure: Arc<OnceLock<String>>,
    models: Vec<ModelState<B>>,
    in_flight: Option<InFlight<B>>,
    /// The model whose turn it is.
    turn: usize,
}

struct InFlight<B: Backend> {
    model: usize,
    step: B::Step,
    members: Vec<Member>,
}

impl<B: Backend> Runner<B> {
    pub(crate) fn new(
        backend: Arc<B>,
        memory: Arc<dyn Memory>,
        commands: Receiver<Command<B>>,
        failure: Arc<OnceLock<String>>,
    ) -> Self {
        Self { backend, memory, commands, failure, models: Vec::new(), in_flight: None, turn: 0 }
    }

    /// Runs until [`Command::Shutdown`], or until the engine is gone.
    pub(crate) fn run(mut self) {
        loop {
            match self.next_command() {
                Wake::Command(Command::Shutdown) | Wake::Abandoned => break,
                Wake::Command(command) => self.handle(command),
                Wake::Step => {
                    let step = catch_unwind(AssertUnwindSafe(|| self.step()));
                    match step {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => self.fail(&GenerationError::from(&error)),
                        Err(_) => self.fail(&GenerationError {
                            code: "internal_error",
                            message: "the engine met a fault of its own and has stopped".to_owned(),
                        }),
                    }
                }
            }
        }
        let _ = self.finish_step();
        let code = "engine_unhealthy";
        let error = GenerationError { code, message: "the engine was shut down".to_owned() };
        for model in &mut self.models {
            model.fail_all(&error);
            model.pages_mut().trim(&*self.memory);
        }
    }

    /// Commands come before steps; without either the thread sleeps.
    fn next_command(&self) -> Wake<B> {
        if self.in_flight.is_some() || self.models.iter().any(ModelState::has_work) {
            return match self.commands.try_recv() {
                Ok(command) => Wake::Command(command),
                Err(TryRecvError::Empty) => Wake::Step,
                Err(TryRecvError::Disconnected) => Wake::Abandoned,
            };
        }
        let now = Instant::now();
        if self.models.iter().any(|model| model.next_admission(now).is_some()) {
            return match self.commands.try_recv() {
                Ok(command) => Wake::Command(command),
                Err(_) => Wake::Step,
            };
        }
        let Some(start) = self.models.iter().filter_map(ModelState::starts_at).min() else {
            return self.commands.recv().map_or(Wake::Abandoned, Wake::Command);
        };
        match self.commands.recv_timeout(start.saturating_duration_since(now)) {
            Ok(command) => Wake::Command(command),
            Err(RecvTimeoutError::Timeout) => Wake::Step,
            Err(RecvTimeoutError::Disconnected) => Wake::Abandoned,
        }
    }

    fn handle(&mut self, command: Command<B>) {
        match command {
            Command::AddModel(add, reply) => {
                if let Err(error) = self.finish_step() {
                    self.fail(&GenerationError::from(&error));
                }
                let added = match self.failure.get() {
                    Some(reason) => Err(AddModelError::Unhealthy { reason: reason.clone() }),
                    None => add(&self.models),
                };
                let _ = reply.send(added.map(|model| {
                    let handle = Arc::clone(&model.handle);
                    self.models.push(model);
                    handle
                }));
            }
            Command::Submit { model, task } => {
                let Some(model) = self.models.get_mut(model) else { return };
                model.enqueue(*task);
                if let Some(message) = self.failure.get().cloned() {
                    model.refuse(GenerationError { code: "engine_unhealthy", message });
                }
            }
            Command::Shutdown => {}
        }
    }

    /// Enqueues the next step, then reads the last one, then says how the next one samples.
    fn step(&mut self) -> Result<(), BackendError> {
        for model in &mut self.models {
            model.sweep();
        }
        self.admit();
        let mut next = self.enqueue()?;
        // Without a grammar nothing about the next step's sampling depends on what the last one gave.
        let early = next.take_if(|next| !self.models[next.model].is_constrained(&next.members));
        if let Some(next) = early {
            let sampled = self.sample(next)?;
            self.finish_step()?;
            self.in_flight = Some(sampled);
        } else {
            self.finish_step()?;
            self.in_flight = next.map(|next| self.sample(next)).transpose()?;
        }
        Ok(())
    }

    /// Lets waiting requests run, the oldest over all models first, as long as places and pages last.
    fn admit(&mut self) {
        let now = Instant::now();
        loop {
            let oldest = self.models.iter().enumerate();
            let oldest = oldest.filter_map(|(index, model)| Some((model.next_admission(now)?, index))).min();
            let Some((_, index)) = oldest else { return };
            let Err(error) = self.admit_to(index) else { continue };
            // Those behind it wait too: what they took would keep the oldest from ever running.
            if self.models.iter().any(ModelState::has_work) {
                return;
            }
            self.models[index].refuse(GenerationError::from(&error));
        }
    }

    fn admit_to(&mut self, index: usize) -> Result<(), BackendError> {
        if self.models[index].admit(&*self.memory).is_ok() {
            return Ok(());
        }
        for model in &mut self.models {
            model.pages_mut().trim(&*self.memory);
        }
        self.models[index].admit(&*self.memory)
    }

    /// Enqueues a step of the first model, from the one whose turn it is, that has something to compute.
    ///
    /// The step in flight, if any, is the one enqueued just before: what its rows sample can be taken as they are.
    fn enqueue(&mut self) -> Result<Option<InFlight<B>>, BackendError> {
        for offset in 0..self.models.len() {
            let index = (self.turn + offset) % self.models.len();
            let model = &mut self.models[index];
            let Some((plan, batch)) = model.next_batch() else { continue };
            self.turn = index + 1;
            match self.backend.forward(plan, &batch.inputs) {
                Ok(step) => {
                    for member in &batch.members {
                        if let Some(sequence) = model.sequence(member.id) {
                            sequence.enqueued(member.tokens, member.row);
                        }
                    }
                    return Ok(Some(InFlight { model: index, step, members: batch.members }));
                }
                Err(error @ BackendError::Device(_)) => return Err(error),
                Err(error) => {
                    tracing::error!(model = model.handle.id, %error, "a step was refused");
                    for member in &batch.members {
                        if let Some(sequence) = model.sequence(member.id) {
                            sequence.fail(GenerationError::from(&error));
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    fn sample(&mut self, mut next: InFlight<B>) -> Result<InFlight<B>, BackendError> {
        let model = &mut self.models[next.model];
        let mut rows = Vec::with_capacity(next.members.len());
        let mut masks = Masks::default();
        for member in next.members.iter().filter(|member| member.row.is_some()) {
            let sequence = model.sequence(member.id);
            let mask = sequence.and_then(|sequence| {
                rows.push(sequence.row_sampling());
                sequence.mask()
            });
            masks.rows.push(mask);
        }
        rows.resize(masks.rows.len(), RowSampling::GREEDY);
        self.backend.sample(&mut next.step, &rows, masks)?;
        Ok(next)
    }

    /// Reads the step in flight and hands its tokens to their sequences.
    fn finish_step(&mut self) -> Result<(), BackendError> {
        let Some(last) = self.in_flight.take() else { return Ok(()) };
        let outputs = self.backend.collect(last.step)?;
        let model = &mut self.models[last.model];
        let handle = Arc::clone(&model.handle);
        for member in &last.members {
            let Some(sequence) = model.sequence(member.id) else { continue };
            sequence.collected();
            let Some(row) = member.row else { continue };
            let output = outputs.rows.get(row as usize).ok_or_else(|| {
                BackendError::Device(format!(
                    "a step gave {} rows, row {row} was asked for",
                    outputs.rows.len()
                ))
            })?;
            sequence.accept(output.token, handle.vocabulary.eos_tokens());
        }
        Ok(())
    }

    fn fail(&mut self, error: &GenerationError) {
        let _ = self.failure.set(error.message.clone());
        tracing::error!(code = error.code, message = error.message, "the engine has stopped");
        self.in_flight = None;
        for model in &mut self.models {
            model.fail_all(error);
        }
    }
}

enum Wake<B: Backend> {
    Command(Command<B>),
    Step,
    /// The engine was dropped.
    Abandoned,
}
