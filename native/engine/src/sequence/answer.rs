use std::time::Instant;

use conduit_backend::{LogitAdjustment, RowOutput, RowSampling};

use super::Sequence;
use crate::grammar::{NextTokens, Progress};
use crate::logprobs::Logprobs;
use crate::penalties::Penalties;
use crate::{Embedded, Event, FinishReason, GenerationError, Usage};

impl Sequence {
    /// How the row that was enqueued last samples.
    pub(crate) fn row_sampling(&self) -> RowSampling {
        if self.rows_in_flight == 0 {
            return RowSampling::GREEDY;
        }
        let row = self.task.sampling.row(self.task.seed, self.next_position());
        RowSampling { return_logits: self.task.logprobs.is_some(), ..row }
    }

    /// Whether what a row samples from hangs on the token before it.
    pub(crate) fn needs_last_token(&self) -> bool {
        self.task.constraint.is_some()
            || self.task.penalties.as_ref().is_some_and(Penalties::depend_on_answer)
    }

    /// What changes in the logits of the row that was enqueued last.
    pub(crate) fn adjustments(&self) -> Box<[LogitAdjustment]> {
        if self.finished || self.rows_in_flight == 0 {
            return Box::default();
        }
        self.task.penalties.as_ref().map(Penalties::adjustments).unwrap_or_default()
    }

    /// The mask of the row that was enqueued last; ends the sequence where nothing can follow, or where the grammar fails.
    pub(crate) fn mask(&mut self) -> Option<Box<[u32]>> {
        if self.finished || self.rows_in_flight == 0 {
            return None;
        }
        let position = self.next_position();
        let may_end = position >= self.task.ends.min_tokens;
        let left = self.task.limit.saturating_sub(position);
        let Some(constraint) = self.task.constraint.as_mut() else {
            return (!may_end).then(|| self.task.ends.others.clone());
        };
        let begin = Instant::now();
        let next = constraint.next_tokens(left);
        if let Some(observer) = &self.task.observer {
            observer.masked(begin.elapsed());
        }
        match next {
            Ok(NextTokens::Mask(mask)) if may_end => Some(mask),
            Ok(NextTokens::Mask(mask)) => Some(self.task.ends.without(mask)),
            Ok(NextTokens::End) => {
                self.finish(FinishReason::Stop, self.answered());
                None
            }
            Err(reason) => {
                self.fail(grammar_failure(reason));
                None
            }
        }
    }

    /// Takes what a row gave; what comes after the end, or is known already, is dropped.
    pub(crate) fn accept(&mut self, output: &RowOutput, eos_tokens: &[u32]) {
        if self.skipped_rows > 0 {
            self.skipped_rows -= 1;
            return;
        }
        self.rows_in_flight -= 1;
        if self.finished {
            return;
        }
        if self.task.ends.contains(output.token, eos_tokens) {
            return self.finish(FinishReason::Stop, self.answered() + 1);
        }
        let logprobs = self.task.logprobs.zip(output.logits.as_deref());
        let logprobs = logprobs.map(|(top, logits)| Box::new(Logprobs::of(logits, output.token, top)));
        self.take(output.token, logprobs);
        let forced_before = self.forced_tokens;
        self.take_forced();
        self.forced_runs += usize::from(self.forced_tokens > forced_before);
    }

    /// Takes in the hidden states that were asked for of this prompt; with the last of them it has ended.
    pub(crate) fn pool(&mut self, hidden: &[Vec<f32>]) {
        if self.finished {
            return;
        }
        if let Some(vector) = self.pool.as_mut().and_then(|pool| pool.add(hidden)) {
            self.task.events.embedded(Embedded { vector, usage: self.usage() });
            self.finished = true;
        }
    }

    /// Takes the tokens that the grammar leaves no choice in, without a forward pass for each: the next step takes them in as
    /// it takes in a prompt. They are what their masks would have given; a row in flight would only give the first again.
    pub(super) fn take_forced(&mut self) {
        // Probabilities are told for each token, so each needs its row.
        if self.task.logprobs.is_some() {
            return;
        }
        while !self.finished
            && let Some(token) = self.task.constraint.as_mut().and_then(|constraint| constraint.forced())
            && !self.task.ends.is_stop(token)
        {
            self.skipped_rows += std::mem::take(&mut self.rows_in_flight);
            self.forced_tokens += 1;
            self.take(token, None);
        }
    }

    fn take(&mut self, token: u32, logprobs: Option<Box<Logprobs>>) {
        let constraint = self.task.constraint.as_mut();
        match constraint.map_or(Ok(Progress::Open), |constraint| constraint.consume(token)) {
            Err(reason) => self.fail(grammar_failure(reason)),
            Ok(progress) => {
                self.tokens.push(token);
                if let Some(penalties) = &mut self.task.penalties {
                    penalties.push(token);
                }
                self.task.events.send(Event::Token { id: token, logprobs });
                if progress == Progress::Complete {
                    self.finish(FinishReason::Stop, self.answered());
                } else if self.answered() == self.task.limit {
                    self.finish(FinishReason::Length, self.answered());
                }
            }
        }
    }

    /// Which token of the answer the row samples that was enqueued last, from 0.
    fn next_position(&self) -> usize {
        self.answered() + self.rows_in_flight - 1
    }

    fn finish(&mut self, reason: FinishReason, completion_tokens: usize) {
        let usage = Usage { completion_tokens, ..self.usage() };
        self.task.events.send(Event::Finished { reason, usage });
        self.finished = true;
    }
}

fn grammar_failure(reason: String) -> GenerationError {
    GenerationError { code: "grammar_failure", message: format!("the answer's grammar failed: {reason}") }
}
