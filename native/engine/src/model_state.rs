use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conduit_backend::{Backend, Bucket, Memory};

use crate::batch::{Batch, Member};
use crate::pages::Pages;
use crate::sequence::{Sequence, SequenceId, Task};
use crate::{GenerationError, Vocabulary, scheduler};

/// What both sides of the engine's thread know of a model.
pub(crate) struct ModelHandle {
    pub(crate) id: String,
    pub(crate) index: usize,
    pub(crate) max_model_len: usize,
    pub(crate) vocab_size: usize,
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// Requests that hold no pages yet.
    pub(crate) waiting: AtomicUsize,
    /// Requests that hold pages.
    pub(crate) running: AtomicUsize,
}

/// A request that holds no pages yet.
struct Waiting {
    task: Task,
    arrived: Instant,
}

/// One model on the engine's thread.
pub(crate) struct ModelState<B: Backend> {
    pub(crate) handle: Arc<ModelHandle>,
    /// Plans by the size of the steps they take, the smallest first.
    plans: Vec<(Bucket, B::Plan)>,
    pages: Pages,
    max_concurrency: usize,
    batch_wait: Duration,
    waiting: VecDeque<Waiting>,
    running: BTreeMap<SequenceId, Sequence>,
}

impl<B: Backend> ModelState<B> {
    pub(crate) fn new(
        handle: Arc<ModelHandle>,
        plans: Vec<(Bucket, B::Plan)>,
        pages: Pages,
        max_concurrency: usize,
        batch_wait: Duration,
    ) -> Self {
        let (waiting, running) = (VecDeque::new(), BTreeMap::new());
        Self { handle, plans, pages, max_concurrency, batch_wait, waiting, running }
    }

    pub(crate) fn enqueue(&mut self, task: Task) {
        self.waiting.push_back(Waiting { task, arrived: Instant::now() });
    }

    /// The oldest request, where the model has a place for it now.
    pub(crate) fn next_admission(&self, now: Instant) -> Option<SequenceId> {
        let unfinished = self.running.values().filter(|sequence| !sequence.is_finished()).count();
        let front = self.waiting.front()?;
        (unfinished < self.max_concurrency && self.starts_at().is_none_or(|start| start <= now))
            .then_some(front.task.id)
    }

    /// When an idle model stops waiting for companions of its oldest request; `None` where it need not wait.
    pub(crate) fn starts_at(&self) -> Option<Instant> {
        let alone = self.running.is_empty() && self.waiting.len() < self.max_concurrency;
        self.waiting.front().filter(|_| alone).map(|oldest| oldest.arrived + self.batch_wait)
    }

    /// Accounts for the oldest request's longest outcome and lets it run.
    ///
    /// # Errors
    /// `OutOfMemory`; the request stays where it is.
    pub(crate) fn admit(&mut self, memory: &dyn Memory) -> conduit_backend::Result<()> {
        let Some(front) = self.waiting.front() else { return Ok(()) };
        let pages = self.pages.promise(front.task.longest(), memory)?;
        match self.pop_waiting() {
            Some(task) => {
                self.running.insert(task.id, Sequence::new(task, pages));
                self.handle.running.store(self.running.len(), Ordering::Relaxed);
            }
            None => self.pages.release(pages),
        }
        Ok(())
    }

    /// Fails the oldest request, which can never run.
    pub(crate) fn refuse(&mut self, error: GenerationError) {
        if let Some(task) = self.pop_waiting() {
            let _ = task.events.send(crate::Event::Failed(error));
        }
    }

    /// The next step of this model, and the plan for it.
    pub(crate) fn next_batch(&mut self) -> Option<(&B::Plan, Batch)> {
        let (largest, _) = self.plans.last()?;
        let shares = scheduler::schedule(&self.running, largest.max_tokens);
        if shares.is_empty() {
            return None;
        }
        let batch = Batch::build(shares, &mut self.running, &mut self.pages);
        let tokens = batch.inputs.tokens.len();
        let (_, plan) = self.plans.iter().find(|(bucket, _)| bucket.max_tokens >= tokens)?;
        Some((plan, batch))
    }

    pub(crate) fn sequence(&mut self, id: SequenceId) -> Option<&mut Sequence> {
        self.running.get_mut(&id)
    }

    /// Whether a grammar has a say in what these members' rows sample.
    pub(crate) fn is_constrained(&self, members: &[Member]) -> bool {
        let rows = members.iter().filter(|member| member.row.is_some());
        rows.filter_map(|member| self.running.get(&member.id)).any(Sequence::is_constrained)
    }

    pub(crate) fn has_work(&self) -> bool {
        !self.running.is_empty()
    }

    pub(crate) fn pages_mut(&mut self) -> &mut Pages {
        &mut self.pages
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// Forgets requests that nobody reads any more, and gives back the pages of those that have ended.
    pub(crate) fn sweep(&mut self) {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| !waiting.task.events.is_closed());
        self.handle.waiting.fetch_sub(before - self.waiting.len(), Ordering::Relaxed);
        for sequence in self.running.values_mut().filter(|sequence| sequence.is_abandoned()) {
            sequence.cancel();
        }
        let released = self.running.iter().filter(|(_, sequence)| sequence.is_released());
        for id in released.map(|(&id, _)| id).collect::<Vec<_>>() {
            if let Some(sequence) = self.running.remove(&id) {
                self.pages.release(sequence.into_pages());
            }
        }
        self.handle.running.store(self.running.len(), Ordering::Relaxed);
    }

    /// Fails everything; no step is in flight any more.
    pub(crate) fn fail_all(&mut self, error: &GenerationError) {
        while !self.waiting.is_empty() {
            self.refuse(error.clone());
        }
        for (_, mut sequence) in std::mem::take(&mut self.running) {
            sequence.fail(error.clone());
            self.pages.release(sequence.into_pages());
        }
        self.handle.running.store(0, Ordering::Relaxed);
    }

    fn pop_waiting(&mut self) -> Option<Task> {
        let waiting = self.waiting.pop_front()?;
        self.handle.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(waiting.task)
    }
}
