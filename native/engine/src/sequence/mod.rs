mod answer;
mod pool;
mod share;

use std::sync::Arc;
use std::time::Instant;

use self::pool::Pool;
pub(crate) use self::share::Share;
use crate::fairness::Cost;
use crate::memory::{KvMemory, ModelKey, SequencePages, pages_for};
use crate::task::{SequenceId, Task};
use crate::{Event, GenerationError, Start, Usage};

/// Most known tokens that an answer under way takes in at once like a sampled one: those that its grammar forces.
const MOST_DECODED_TOKENS: usize = 16;

/// A request on the engine's thread. It waits without pages, runs with them, and goes back to waiting when they run out.
pub(crate) struct Sequence {
    task: Task,
    arrived: Instant,
    /// When it is to run, in the virtual time of all clients.
    turn: Cost,
    /// Prompt and answer so far.
    tokens: Vec<u32>,
    prompt_tokens: usize,
    /// Of a prompt that is to be embedded.
    pool: Option<Pool>,
    pages: SequencePages,
    /// Tokens in the cache once all steps in flight have run.
    cached: usize,
    started: Option<Instant>,
    /// Tokens of the prompt that were in the cache when it started.
    shared_tokens: usize,
    /// Tokens of the answer that were taken because the grammar left no choice.
    forced_tokens: usize,
    /// How often such tokens followed one that a row gave.
    forced_runs: usize,
    /// Rows in flight that sample tokens of this sequence; at most two.
    rows_in_flight: usize,
    /// Rows in flight, enqueued before those, whose token was known before they were collected.
    skipped_rows: usize,
    /// The row that was enqueued last, within its step.
    latest_row: u32,
    /// Steps in flight with tokens of this sequence.
    steps_in_flight: usize,
    is_prompt_computed: bool,
    /// Tokens that it had when it last started again for want of pages although it was alone.
    restarted_with: usize,
    finished: bool,
}

impl Sequence {
    pub(crate) fn new(mut task: Task, arrived: Instant, turn: Cost) -> Self {
        let tokens = std::mem::take(&mut task.prompt);
        Self {
            prompt_tokens: tokens.len(),
            pool: task.pooling.map(|pooling| Pool::new(pooling, tokens.len())),
            tokens,
            task,
            arrived,
            turn,
            pages: SequencePages::none(),
            cached: 0,
            started: None,
            shared_tokens: 0,
            forced_tokens: 0,
            forced_runs: 0,
            rows_in_flight: 0,
            skipped_rows: 0,
            latest_row: 0,
            steps_in_flight: 0,
            is_prompt_computed: false,
            restarted_with: 0,
            finished: false,
        }
    }

    pub(crate) fn arrived(&self) -> Instant {
        self.arrived
    }

    /// Its place among those that wait.
    pub(crate) fn place(&self) -> (Cost, SequenceId) {
        (self.turn, self.task.id)
    }

    pub(crate) fn client(&self) -> &Arc<str> {
        &self.task.client
    }

    /// What it was expected to cost, and what it has cost.
    pub(crate) fn costs(&self, weight: Cost) -> (Cost, Cost) {
        let computed = self.started.map_or(0, |_| self.tokens.len() - self.shared_tokens);
        (self.task.expected_cost, computed as Cost * weight)
    }

    /// The request that has to have its prompt computed before this one starts.
    pub(crate) fn follows(&self) -> Option<SequenceId> {
        self.task.follows
    }

    pub(crate) fn is_prompt_computed(&self) -> bool {
        self.is_prompt_computed
    }

    pub(crate) fn prompt_tokens(&self) -> usize {
        self.prompt_tokens
    }

    /// Whether a sequence without pages may be given some: nothing of what it had before is in flight any more.
    pub(crate) fn is_settled(&self) -> bool {
        self.steps_in_flight == 0
    }

    /// Pages of the whole sequence at its longest.
    pub(crate) fn most_pages(&self) -> usize {
        pages_for(self.prompt_tokens + self.task.limit)
    }

    /// Pages that admission counts with: those of all known tokens, and of a quarter of what the answer may still have, or of
    /// [`crate::EngineOptions::expected_answer_tokens`] where that is more.
    ///
    /// Clients leave `max_tokens` at the most that a model has, and most answers end long before. To keep room for all of
    /// that would leave most of the memory empty; where the guess is too low, the newest request is pushed back.
    pub(crate) fn expected_pages(&self) -> usize {
        let left = self.task.limit.saturating_sub(self.answered());
        pages_for(self.tokens.len() + left.min(self.task.expected_tokens.max(left / 4)))
    }

    /// Looks for what is computed already of this sequence, and holds on to that.
    pub(crate) fn share_prefix(&mut self, memory: &mut KvMemory, key: ModelKey) {
        let may_share = self.pool.as_ref().is_none_or(Pool::may_share);
        self.pages = if may_share { memory.share(key, &self.tokens) } else { SequencePages::none() };
        self.cached = self.pages.len() * conduit_backend::BLOCK_TOKENS;
    }

    /// It has been admitted.
    pub(crate) fn start(&mut self, now: Instant) {
        if self.started.is_none() {
            self.started = Some(now);
            self.shared_tokens = self.cached.min(self.prompt_tokens);
            let waited = now.saturating_duration_since(self.arrived);
            let _ = self.task.start.set(Start { waited, cached_tokens: self.shared_tokens });
            self.take_forced();
        }
    }

    /// When it was first admitted.
    pub(crate) fn started(&self) -> Option<Instant> {
        self.started
    }

    pub(crate) fn usage(&self) -> Usage {
        let (prompt_tokens, completion_tokens) = (self.prompt_tokens, self.answered());
        let (cached_tokens, forced_tokens) = (self.shared_tokens, self.forced_tokens);
        Usage { prompt_tokens, completion_tokens, cached_tokens, forced_tokens }
    }

    /// Gives back all pages; what they held is computed again when the sequence goes on.
    pub(crate) fn push_back(&mut self, memory: &mut KvMemory, key: ModelKey) {
        memory.release(key, std::mem::replace(&mut self.pages, SequencePages::none()));
        self.cached = 0;
    }

    /// Whether it has come further since it last started again.
    pub(crate) fn may_restart(&mut self) -> bool {
        std::mem::replace(&mut self.restarted_with, self.tokens.len()) < self.tokens.len()
    }

    /// Tokens that this sequence could bring to the next step; 0 where it has to wait.
    pub(crate) fn wants(&self) -> usize {
        if self.finished {
            return 0;
        }
        if self.cached < self.tokens.len() {
            return self.tokens.len() - self.cached;
        }
        // The last token of an answer needs no pass of its own.
        usize::from(self.rows_in_flight == 1 && self.answered() + 1 < self.task.limit)
    }

    /// What this sequence brings to the next step, at most `max_tokens` tokens; `None` where it has to wait.
    pub(crate) fn share(&self, max_tokens: usize) -> Option<Share> {
        if self.wants().min(max_tokens) == 0 {
            return None;
        }
        if self.cached < self.tokens.len() {
            let end = self.tokens.len().min(self.cached.saturating_add(max_tokens));
            let tokens = self.cached..end;
            let hidden = self.pool.as_ref().map_or(0..0, |pool| pool.wanted(&tokens));
            let row = self.pool.is_none() && end == self.tokens.len();
            return Some(Share::Known { tokens, row, hidden });
        }
        Some(Share::Previous { row: self.latest_row })
    }

    /// Whether the next step only extends the answer, rather than taking in a prompt or what was pushed back.
    pub(crate) fn is_decoding(&self) -> bool {
        self.answered() + self.rows_in_flight > 0 && self.wants() <= MOST_DECODED_TOKENS
    }

    /// How many of the tokens that rows gave were followed by forced ones, so far.
    pub(crate) fn forced_runs_per_row(&self) -> f32 {
        self.forced_runs as f32 / (self.answered() - self.forced_tokens).max(1) as f32
    }

    pub(crate) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    pub(crate) fn cached(&self) -> usize {
        self.cached
    }

    pub(crate) fn pages(&self) -> &SequencePages {
        &self.pages
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

    /// A step has been collected that computed the first `computed` tokens of this sequence.
    pub(crate) fn collected(&mut self, computed: usize, memory: &mut KvMemory, key: ModelKey) {
        self.steps_in_flight -= 1;
        self.is_prompt_computed |= computed >= self.prompt_tokens;
        memory.keep(key, &mut self.pages, &self.tokens, computed);
    }

    /// Whether the reader of the events has gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.task.events.is_closed()
    }

    pub(crate) fn fail(&mut self, error: GenerationError) {
        if !self.finished {
            self.task.events.send(Event::Failed(error));
            self.finished = true;
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    fn answered(&self) -> usize {
        self.tokens.len() - self.prompt_tokens
    }
}
