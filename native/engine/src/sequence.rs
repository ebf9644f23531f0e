use std::ops::Range;

use conduit_backend::RowSampling;

use crate::constraint::Constraint;
use crate::generation::EventSender;
use crate::grammar::{NextTokens, Progress};
use crate::pages::SequencePages;
use crate::{Event, FinishReason, GenerationError, Sampling, Usage};

/// Requests in the order of their arrival, over all models.
pub(crate) type SequenceId = u64;

/// A request as it was taken: checked, its limits worked out, its grammar compiled.
pub(crate) struct Task {
    pub(crate) id: SequenceId,
    pub(crate) prompt: Vec<u32>,
    /// Most tokens of the answer; at least one.
    pub(crate) limit: usize,
    pub(crate) sampling: Sampling,
    pub(crate) seed: u64,
    pub(crate) constraint: Option<Constraint>,
    pub(crate) stop_tokens: Vec<u32>,
    pub(crate) events: EventSender,
}

impl Task {
    /// Tokens of prompt and answer at their longest.
    pub(crate) fn longest(&self) -> usize {
        self.prompt.len() + self.limit
    }
}

/// What a sequence brings to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// Known tokens, by their place in the sequence; with the last known one comes a row.
    Known { tokens: Range<usize>, row: bool },
    /// The token that this row of the step before samples, and a row.
    Previous { row: u32 },
}

/// A request that holds pages.
pub(crate) struct Sequence {
    /// Prompt and answer so far.
    tokens: Vec<u32>,
    prompt_tokens: usize,
    limit: usize,
    sampling: Sampling,
    seed: u64,
    constraint: Option<Constraint>,
    stop_tokens: Vec<u32>,
    events: EventSender,
    pages: SequencePages,
    /// Tokens in the cache once all steps in flight have run.
    cached: usize,
    /// Rows in flight that sample tokens of this sequence; at most two.
    rows_in_flight: usize,
    /// The row of the latest of them within its step.
    latest_row: u32,
    /// Steps in flight that touch this sequence's pages.
    steps_in_flight: usize,
    finished: bool,
}

impl Sequence {
    pub(crate) fn new(task: Task, pages: SequencePages) -> Self {
        Self {
            prompt_tokens: task.prompt.len(),
            tokens: task.prompt,
            limit: task.limit,
            sampling: task.sampling,
            seed: task.seed,
            constraint: task.constraint,
            stop_tokens: task.stop_tokens,
            events: task.events,
            pages,
            cached: 0,
            rows_in_flight: 0,
            latest_row: 0,
            steps_in_flight: 0,
            finished: false,
        }
    }

    /// What this sequence can bring to the next step, at most `max_tokens` tokens; `None` where it has to wait.
    pub(crate) fn share(&self, max_tokens: usize) -> Option<Share> {
        if self.finished || max_tokens == 0 {
            return None;
        }
        if self.cached < self.tokens.len() {
            let end = self.tokens.len().min(self.cached + max_tokens);
            return Some(Share::Known { tokens: self.cached..end, row: end == self.tokens.len() });
        }
        // The last token of an answer needs no pass of its own.
        let more = self.rows_in_flight == 1 && self.answered() + 1 < self.limit;
        more.then_some(Share::Previous { row: self.latest_row })
    }

    /// Whether the next step only extends the answer, rather than taking in a prompt.
    pub(crate) fn is_decoding(&self) -> bool {
        self.answered() > 0 || self.rows_in_flight > 0
    }

    pub(crate) fn token(&self, place: usize) -> u32 {
        self.tokens[place]
    }

    pub(crate) fn cached(&self) -> usize {
        self.cached
    }

    pub(crate) fn pages_mut(&mut self) -> &mut SequencePages {
        &mut self.pages
    }

    /// A step that holds `tokens` tokens of this sequence, and perhaps a row, is in flight.
    pub(crate) fn enqueued(&mut self, tokens: usize, row: Option<u32>) {
        self.cached += tokens;
        self.steps_in_flight += 1;
        if let Some(row) = row {
            self.rows_in_flight += 1;
            self.latest_row = row;
        }
    }

    /// A step that held this sequence has been collected.
    pub(crate) fn collected(&mut self) {
        self.steps_in_flight -= 1;
    }

    /// How the row that was enqueued last samples.
    pub(crate) fn row_sampling(&self) -> RowSampling {
        self.sampling.row(self.seed, self.answered() + self.rows_in_flight - 1)
    }

    pub(crate) fn is_constrained(&self) -> bool {
        self.constraint.is_some()
    }

    /// The mask of the next token; ends the sequence where nothing can follow, or where the grammar fails.
    pub(crate) fn mask(&mut self) -> Option<Box<[u32]>> {
        if self.finished {
            return None;
        }
        match self.constraint.as_mut()?.next_tokens() {
            Ok(NextTokens::Mask(mask)) => Some(mask),
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

    /// Takes a sampled token; those that come after the end are dropped.
    pub(crate) fn accept(&mut self, token: u32, eos_tokens: &[u32]) {
        self.rows_in_flight -= 1;
        if self.finished {
            return;
        }
        if eos_tokens.contains(&token) || self.stop_tokens.contains(&token) {
            return self.finish(FinishReason::Stop, self.answered() + 1);
        }
        let constraint = self.constraint.as_mut();
        let progress = constraint.map_or(Ok(Progress::Open), |constraint| constraint.consume(token));
        match progress {
            Err(reason) => return self.fail(grammar_failure(reason)),
            Ok(progress) => {
                self.tokens.push(token);
                let _ = self.events.send(Event::Token(token));
                if progress == Progress::Complete {
                    return self.finish(FinishReason::Stop, self.answered());
                }
            }
        }
        if self.answered() == self.limit {
            self.finish(FinishReason::Length, self.answered());
        }
    }

    /// Whether the reader of the events has gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.events.is_closed()
    }

    /// Ends the sequence without a word to its reader.
    pub(crate) fn cancel(&mut self) {
        self.finished = true;
    }

    pub(crate) fn fail(&mut self, error: GenerationError) {
        if !self.finished {
            let _ = self.events.send(Event::Failed(error));
            self.finished = true;
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether its pages may be given back.
    pub(crate) fn is_released(&self) -> bool {
        self.finished && self.steps_in_flight == 0
    }

    pub(crate) fn into_pages(self) -> SequencePages {
        self.pages
    }

    fn answered(&self) -> usize {
        self.tokens.len() - self.prompt_tokens
    }

    fn finish(&mut self, reason: FinishReason, completion_tokens: usize) {
        let usage = Usage { prompt_tokens: self.prompt_tokens, completion_tokens };
        let _ = self.events.send(Event::Finished { reason, usage });
        self.finished = true;
    }
}

fn grammar_failure(reason: String) -> GenerationError {
    GenerationError { code: "grammar_failure", message: format!("the answer's grammar failed: {reason}") }
}
