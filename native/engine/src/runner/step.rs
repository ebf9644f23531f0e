use std::sync::Arc;

use conduit_backend::{Backend, BackendError, Masks, RowSampling};

use super::Runner;
use crate::GenerationError;
use crate::batch::{Batch, Member};
use crate::memory::{ModelKey, Shortage};
use crate::sequence::Share;
use crate::task::SequenceId;

pub(super) struct InFlight<B: Backend> {
    model: ModelKey,
    step: B::Step,
    members: Vec<Member>,
}

/// What a model brings to the next step.
enum Prepared {
    Nothing,
    Batch(Batch),
    /// The step in flight has to be read first: memory has to move, or forced tokens are expected of it.
    StepInFlight,
}

impl<B: Backend> Runner<B> {
    /// Enqueues the next step, then reads the last one, then says how the next one samples.
    pub(super) fn step(&mut self) -> Result<(), BackendError> {
        self.sweep();
        self.admit();
        let mut next = match self.enqueue()? {
            Enqueued::Step(next) => next,
            Enqueued::StepInFlight => {
                self.finish_step()?;
                self.sweep();
                match self.enqueue()? {
                    Enqueued::Step(next) => next,
                    Enqueued::StepInFlight => None,
                }
            }
        };
        // Without grammars and penalties nothing about the next step's sampling depends on what the last one gave.
        let is_free = |next: &mut InFlight<B>| {
            self.models.get(&next.model).is_none_or(|model| !model.needs_last_tokens(&next.members))
        };
        let early = next.take_if(is_free);
        if let Some(next) = early {
            let sampled = self.sample(next)?;
            self.finish_step()?;
            self.in_flight = sampled;
        } else {
            self.finish_step()?;
            self.in_flight = next.map(|next| self.sample(next)).transpose()?.flatten();
        }
        Ok(())
    }

    fn sweep(&mut self) {
        let now = (self.clock)();
        for model in self.models.values_mut() {
            model.sweep(&mut self.memory, &mut self.clients, now);
        }
    }

    /// Enqueues a step of the model that has computed least, of those that have something to compute.
    ///
    /// The step in flight, if any, is the one enqueued just before: what its rows sample can be taken as they are.
    fn enqueue(&mut self) -> Result<Enqueued<B>, BackendError> {
        let running = self.models.iter().filter(|(_, model)| !model.running.is_empty());
        let mut turns: Vec<_> = running.map(|(&key, model)| (model.computed, key)).collect();
        turns.sort_unstable();
        for (computed, key) in turns {
            loop {
                let batch = match self.prepare(key) {
                    Prepared::Nothing => break,
                    Prepared::StepInFlight => return Ok(Enqueued::StepInFlight),
                    Prepared::Batch(batch) => batch,
                };
                let tokens = batch.inputs.tokens.len();
                let Some(model) = self.models.get_mut(&key) else { break };
                let Some(plan) = model.plan(tokens) else { break };
                match self.backend.forward(plan, &batch.inputs) {
                    Ok(step) => {
                        self.model_time = computed;
                        return Ok(Enqueued::Step(Some(self.enqueued(key, step, batch))));
                    }
                    Err(error @ BackendError::Device(_)) => return Err(error),
                    // A step without its newest request takes less.
                    Err(BackendError::OutOfMemory { .. }) if batch.members.len() > 1 => {
                        let newest = batch.members.iter().map(|member| member.id).max();
                        newest.into_iter().for_each(|id| model.push_back(id, &mut self.memory));
                    }
                    Err(error) => {
                        self.refused(key, &batch.members, &error);
                        break;
                    }
                }
            }
        }
        Ok(Enqueued::Step(None))
    }

    /// Takes note of a step that is in flight.
    fn enqueued(&mut self, key: ModelKey, step: B::Step, batch: Batch) -> InFlight<B> {
        let Batch { inputs, members } = batch;
        if let Some(model) = self.models.get_mut(&key) {
            let tokens = inputs.tokens.len();
            model.computed += model.step_cost(tokens);
            self.clients.advance(tokens as u128 * model.weight());
            for member in &members {
                if let Some(sequence) = model.sequences.get_mut(&member.id) {
                    sequence.enqueued(member.tokens, member.row);
                }
            }
        }
        InFlight { model: key, step, members }
    }

    /// Takes the pages that a model's next step needs, the oldest requests first, and lays it out.
    fn prepare(&mut self, key: ModelKey) -> Prepared {
        let Some(model) = self.models.get(&key) else { return Prepared::Nothing };
        let last = self.in_flight.as_ref().filter(|last| last.model == key);
        if last.is_some_and(|last| model.expects_forced_tokens(&last.members)) {
            return Prepared::StepInFlight;
        }
        let mut shares = model.schedule();
        shares.sort_unstable_by_key(|(id, _)| *id);
        let mut served = Vec::with_capacity(shares.len());
        for (id, share) in shares {
            match self.take_pages(key, id, &share) {
                Ok(true) => served.push((id, share)),
                Ok(false) => {}
                Err(StepInFlight) => return Prepared::StepInFlight,
            }
        }
        match self.models.get(&key) {
            Some(model) if !served.is_empty() => Prepared::Batch(Batch::build(served, &model.sequences)),
            _ => Prepared::Nothing,
        }
    }

    /// Sees to it that a sequence has the pages of its share, and whether it has come to that.
    fn take_pages(&mut self, key: ModelKey, id: SequenceId, share: &Share) -> Result<bool, StepInFlight> {
        loop {
            let is_quiet = self.in_flight.is_none();
            let Some(model) = self.models.get_mut(&key) else { return Ok(false) };
            if !model.running.contains(&id) {
                return Ok(false);
            }
            let Some(sequence) = model.sequences.get_mut(&id) else { return Ok(false) };
            let tokens = sequence.cached() + share.tokens();
            let more = sequence.expected_pages().saturating_sub(crate::memory::pages_for(tokens));
            match self.memory.grow(key, sequence.pages_mut(), tokens, more, is_quiet) {
                Ok(()) => return Ok(true),
                Err(Shortage::StepInFlight) => return Err(StepInFlight),
                Err(Shortage::Full) if self.push_back_newer_than(id) => {}
                Err(Shortage::Full) if self.is_only_holder(id) => {
                    self.restart_alone(key, id);
                    return Ok(false);
                }
                Err(Shortage::Full) => {
                    if let Some(model) = self.models.get_mut(&key) {
                        model.push_back(id, &mut self.memory);
                    }
                    return Ok(false);
                }
            }
        }
    }

    /// Says how a step samples; `None` where it is refused, which fails its requests. Where there is no memory for all that
    /// changes in the logits, the request with the most of it fails, and the others go on.
    fn sample(&mut self, mut next: InFlight<B>) -> Result<Option<InFlight<B>>, BackendError> {
        let mut rows = Vec::with_capacity(next.members.len());
        let mut masks = Masks::default();
        let mut model = self.models.get_mut(&next.model);
        for member in next.members.iter().filter(|member| member.row.is_some()) {
            let sequence = model.as_mut().and_then(|model| model.sequences.get_mut(&member.id));
            let free = (RowSampling::GREEDY, None, Box::default());
            let (row, mask, adjustments) = sequence.map_or(free, |sequence| {
                let row = sequence.row_sampling();
                (row, sequence.mask(), sequence.adjustments())
            });
            rows.push(row);
            masks.rows.push(mask);
            masks.adjustments.push(adjustments);
        }
        // Chunks of prompts, and what is embedded, have nothing to sample.
        if rows.is_empty() {
            return Ok(Some(next));
        }
        loop {
            let heaviest = heaviest_row(&masks);
            // What is refused is needed again.
            let again = heaviest.map(|row| (row, masks.clone()));
            match (self.backend.sample(&mut next.step, &rows, masks), again) {
                (Ok(()), _) => return Ok(Some(next)),
                (Err(error @ BackendError::Device(_)), _) => return Err(error),
                (Err(error @ BackendError::OutOfMemory { .. }), Some((row, again))) => {
                    let wants = next.members.iter().filter(|member| member.row == Some(row as u32));
                    self.refused(next.model, wants, &error);
                    masks = again;
                    rows[row] = RowSampling::GREEDY;
                    masks.rows[row] = None;
                    masks.adjustments[row] = Box::default();
                }
                (Err(error), _) => {
                    self.refused(next.model, &next.members, &error);
                    return Ok(None);
                }
            }
        }
    }

    /// A step, or a part of it, was refused, for reasons that lie in its requests: they fail, others go on.
    fn refused<'a>(
        &mut self,
        model: ModelKey,
        members: impl IntoIterator<Item = &'a Member>,
        error: &BackendError,
    ) {
        let Some(model) = self.models.get_mut(&model) else { return };
        tracing::error!(model = model.handle.id, %error, "a step was refused");
        for member in members {
            if let Some(sequence) = model.sequences.get_mut(&member.id) {
                sequence.fail(GenerationError::from(error));
            }
        }
    }

    /// Reads the step in flight and hands its tokens to their sequences.
    pub(super) fn finish_step(&mut self) -> Result<(), BackendError> {
        let Some(last) = self.in_flight.take() else { return Ok(()) };
        let outputs = self.backend.collect(last.step)?;
        let Some(model) = self.models.get_mut(&last.model) else { return Ok(()) };
        let handle = Arc::clone(&model.handle);
        for member in &last.members {
            let Some(sequence) = model.sequences.get_mut(&member.id) else { continue };
            sequence.collected(member.context_len, &mut self.memory, last.model);
            if !member.hidden.is_empty() {
                let hidden = outputs.hidden.get(member.hidden.clone()).ok_or_else(|| {
                    let (found, wanted) = (outputs.hidden.len(), member.hidden.clone());
                    BackendError::Device(format!(
                        "a step gave {found} hidden states, {wanted:?} were asked for"
                    ))
                })?;
                sequence.pool(hidden);
            }
            let Some(row) = member.row else { continue };
            let output = outputs.rows.get(row as usize).ok_or_else(|| {
                let rows = outputs.rows.len();
                BackendError::Device(format!("a step gave {rows} rows, row {row} was asked for"))
            })?;
            sequence.accept(output, handle.vocabulary.eos_tokens());
        }
        Ok(())
    }
}

/// The row that changes the most logits; `None` where no row changes any.
fn heaviest_row(masks: &Masks) -> Option<usize> {
    let counts = masks.adjustments.iter().map(|adjustments| adjustments.len()).enumerate();
    counts.filter(|(_, count)| *count > 0).max_by_key(|(_, count)| *count).map(|(row, _)| row)
}

enum Enqueued<B: Backend> {
    Step(Option<InFlight<B>>),
    StepInFlight,
}

/// See [`Shortage::StepInFlight`].
struct StepInFlight;
