use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use conduit_backend::{Backend, Bucket};

use crate::batch::Member;
use crate::closing::{Closing, Retention};
use crate::fairness::{Clients, Cost};
use crate::memory::KvMemory;
use crate::model_handle::ModelHandle;
use crate::sequence::{Sequence, Share};
use crate::task::SequenceId;
use crate::{GenerationError, scheduler};

/// Tokens whose computing takes about as long as reading the weights, which every step does once.
const STEP_TOKENS: Cost = 16;

/// A device that waits for the last step to be read loses about this share of a step.
const COST_OF_WAITING: f32 = 1.0 / 16.0;

/// One model on the engine's thread.
pub(crate) struct ModelState<B: Backend> {
    pub(crate) handle: Arc<ModelHandle>,
    /// Plans by the size of the steps they take, the smallest first.
    pub(crate) plans: Vec<(Bucket, B::Plan)>,
    pub(crate) batch_wait: Duration,
    pub(crate) retention: Retention,
    /// All that have not ended.
    pub(crate) sequences: BTreeMap<SequenceId, Sequence>,
    /// Those without pages, in the order of their turns.
    pub(crate) waiting: BTreeSet<(Cost, SequenceId)>,
    /// Those with pages, the oldest first.
    pub(crate) running: BTreeSet<SequenceId>,
    /// What it has computed, in the virtual time of all models.
    pub(crate) computed: Cost,
    /// Since when nobody has asked it for anything.
    pub(crate) idle_since: Instant,
    pub(crate) closing: Option<Closing>,
}

impl<B: Backend> ModelState<B> {
    pub(crate) fn new(
        handle: Arc<ModelHandle>,
        plans: Vec<(Bucket, B::Plan)>,
        batch_wait: Duration,
        retention: Retention,
        now: Instant,
    ) -> Self {
        Self {
            handle,
            plans,
            batch_wait,
            retention,
            sequences: BTreeMap::new(),
            waiting: BTreeSet::new(),
            running: BTreeSet::new(),
            computed: 0,
            idle_since: now,
            closing: None,
        }
    }

    /// What one token costs.
    pub(crate) fn weight(&self) -> Cost {
        Cost::from(self.handle.weight_bytes.max(1))
    }

    /// What a step of so many tokens costs.
    pub(crate) fn step_cost(&self, tokens: usize) -> Cost {
        (STEP_TOKENS + tokens as Cost) * self.weight()
    }

    /// The request whose turn is first, where the model has a place for it now.
    pub(crate) fn next_admission(&self, now: Instant) -> Option<(Cost, SequenceId)> {
        let has_place = self.running.len() < self.handle.max_concurrency;
        if !has_place || self.starts_at().is_some_and(|start| start > now) {
            return None;
        }
        self.waiting.iter().copied().find(|(_, id)| self.is_ready(*id))
    }

    /// When an idle model stops waiting for companions of its oldest request; `None` where it need not wait.
    pub(crate) fn starts_at(&self) -> Option<Instant> {
        let is_alone = self.running.is_empty() && self.waiting.len() < self.handle.max_concurrency;
        if self.batch_wait.is_zero() || !is_alone {
            return None;
        }
        let arrivals = self.waiting.iter().filter_map(|(_, id)| Some(self.sequences.get(id)?.arrived()));
        arrivals.min().map(|oldest| oldest + self.batch_wait)
    }

    /// The shares of this model's next step.
    pub(crate) fn schedule(&self) -> Vec<(SequenceId, Share)> {
        let largest = self.plans.last().map_or(0, |(bucket, _)| bucket.max_tokens);
        scheduler::schedule(&self.sequences, &self.running, largest)
    }

    /// The smallest plan for a step of so many tokens.
    pub(crate) fn plan(&self, tokens: usize) -> Option<&B::Plan> {
        self.plans.iter().find(|(bucket, _)| bucket.max_tokens >= tokens).map(|(_, plan)| plan)
    }

    /// Whether what one of these members' rows samples from hangs on what the last step gives.
    pub(crate) fn needs_last_tokens(&self, members: &[Member]) -> bool {
        let rows = members.iter().filter(|member| member.row.is_some());
        rows.filter_map(|member| self.sequences.get(&member.id)).any(Sequence::needs_last_token)
    }

    /// Whether so many of these members' rows are likely to give a token that forced ones follow that the next step had better
    /// wait for them: enqueued before that, it takes in the sampled token alone, and what its row samples is dropped.
    pub(crate) fn expects_forced_tokens(&self, members: &[Member]) -> bool {
        let rows = members.iter().filter(|member| member.row.is_some());
        let runs = rows.filter_map(|member| Some(self.sequences.get(&member.id)?.forced_runs_per_row()));
        let (rows, runs) = runs.fold((0.0, 0.0), |(rows, all), runs| (rows + 1.0, all + runs));
        runs > rows * COST_OF_WAITING
    }

    /// Lets go of requests that have ended, and of those that nobody reads any more.
    pub(crate) fn sweep(&mut self, memory: &mut KvMemory, clients: &mut Clients, now: Instant) {
        let over = |sequence: &Sequence| sequence.is_finished() || sequence.is_abandoned();
        let over = self.sequences.iter().filter(|(_, sequence)| over(sequence)).map(|(&id, _)| id);
        for id in over.collect::<Vec<_>>() {
            self.remove(id, memory, clients, now);
        }
        self.publish(memory);
    }

    /// Takes a request out; what it was to be told it has been told.
    pub(crate) fn remove(
        &mut self,
        id: SequenceId,
        memory: &mut KvMemory,
        clients: &mut Clients,
        now: Instant,
    ) {
        let Some(mut sequence) = self.sequences.remove(&id) else { return };
        self.stop_waiting(&sequence);
        self.running.remove(&id);
        sequence.push_back(memory, self.handle.key);
        let (expected, actual) = sequence.costs(self.weight());
        clients.depart(sequence.client(), expected, actual);
        let usage = sequence.usage();
        let counters = &self.handle.counters;
        counters.prompt_tokens.fetch_add(usage.prompt_tokens as u64, Ordering::Relaxed);
        counters.cached_tokens.fetch_add(usage.cached_tokens as u64, Ordering::Relaxed);
        counters.answer_tokens.fetch_add(usage.completion_tokens as u64, Ordering::Relaxed);
        if let Some(started) = sequence.started() {
            self.handle.answered(now.saturating_duration_since(started));
        }
        if self.sequences.is_empty() {
            self.idle_since = now;
        }
    }

    /// Takes a request in.
    pub(crate) fn insert(&mut self, sequence: Sequence) {
        let (turn, id) = sequence.place();
        self.waiting.insert((turn, id));
        self.sequences.insert(id, sequence);
    }

    /// Makes a request run that waits and has its pages.
    pub(crate) fn start(&mut self, id: SequenceId, now: Instant) {
        let Some(mut sequence) = self.sequences.remove(&id) else { return };
        self.stop_waiting(&sequence);
        self.running.insert(id);
        sequence.start(now);
        self.sequences.insert(id, sequence);
    }

    /// Takes the pages of a request that runs, and lets it wait for others.
    pub(crate) fn push_back(&mut self, id: SequenceId, memory: &mut KvMemory) {
        self.running.remove(&id);
        let Some(sequence) = self.sequences.get_mut(&id) else { return };
        sequence.push_back(memory, self.handle.key);
        self.waiting.insert(sequence.place());
        self.handle.waiting.fetch_add(1, Ordering::Relaxed);
        self.handle.waiting_tokens.fetch_add(sequence.prompt_tokens(), Ordering::Relaxed);
        self.handle.counters.pushed_back.fetch_add(1, Ordering::Relaxed);
    }

    fn stop_waiting(&mut self, sequence: &Sequence) {
        if self.waiting.remove(&sequence.place()) {
            self.handle.stop_waiting(sequence.prompt_tokens());
        }
    }

    pub(crate) fn fail_all(&mut self, error: &GenerationError) {
        for sequence in self.sequences.values_mut() {
            sequence.fail(error.clone());
        }
    }

    /// Tells others what there is to do.
    pub(crate) fn publish(&self, memory: &KvMemory) {
        let handle = &self.handle;
        handle.running.store(self.running.len(), Ordering::Relaxed);
        handle.publish_pages(memory.page_use(handle.key));
    }

    fn is_ready(&self, id: SequenceId) -> bool {
        let Some(sequence) = self.sequences.get(&id) else { return false };
        let leader = sequence.follows().and_then(|leader| self.sequences.get(&leader));
        sequence.is_settled() && leader.is_none_or(Sequence::is_prompt_computed)
    }
}
