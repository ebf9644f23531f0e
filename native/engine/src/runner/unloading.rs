use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use conduit_backend::{Backend, BackendError};

use super::Runner;
use crate::closing::Closing;
use crate::memory::ModelKey;
use crate::model_state::ModelState;
use crate::{GenerationError, Retention, Unload};

/// As good as any limit that the clock cannot count to: a century.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);

impl<B: Backend> Runner<B> {
    /// Takes no more requests for a model; it goes once it is due.
    pub(super) fn begin_unload(&mut self, key: ModelKey, how: Unload, reply: SyncSender<()>) {
        let now = (self.clock)();
        let Some(model) = self.models.get_mut(&key) else { return };
        let limit = match how {
            Unload::Now => Duration::ZERO,
            Unload::Drain { limit } => limit,
        };
        model.handle.is_closing.store(true, Ordering::Relaxed);
        let deadline = now.checked_add(limit).unwrap_or(now + FOREVER);
        let closing = model.closing.get_or_insert(Closing { deadline, replies: Vec::new() });
        closing.deadline = closing.deadline.min(deadline);
        closing.replies.push(reply);
    }

    /// When a model is to be closed, if nobody asks it for anything until then; `None` where nothing is to be waited for.
    pub(super) fn closes_at(model: &ModelState<B>, now: Instant) -> Option<Instant> {
        match (&model.closing, model.retention) {
            (Some(closing), _) if model.sequences.is_empty() => Some(closing.deadline.min(now)),
            (Some(closing), _) => Some(closing.deadline),
            (None, Retention::Evictable { idle_limit: Some(limit) }) if is_idle(model) => {
                model.idle_since.checked_add(limit)
            }
            _ => None,
        }
    }

    pub(super) fn is_due(model: &ModelState<B>, now: Instant) -> bool {
        Self::closes_at(model, now).is_some_and(|time| time <= now)
    }

    /// Nobody holds a model any more: from now on it is idle, if it has nothing to do.
    pub(super) fn released(&mut self, key: ModelKey) {
        let now = (self.clock)();
        if let Some(model) = self.models.get_mut(&key).filter(|model| is_idle(model)) {
            model.idle_since = now;
        }
    }

    /// Whether a model may go: somebody has unloaded it, or nobody uses it, nor can any more.
    fn is_given_up(&self, key: ModelKey) -> bool {
        self.models.get(&key).is_some_and(|model| {
            let is_idle = || model.handle.waiting.load(Ordering::Relaxed) == 0;
            model.closing.is_some() || model.handle.holds.close_if(is_idle)
        })
    }

    /// Unloads the models whose time has come.
    pub(super) fn close_models(&mut self) -> Result<(), BackendError> {
        let now = (self.clock)();
        let due = self.models.iter().filter(|(_, model)| Self::is_due(model, now)).map(|(&key, _)| key);
        for key in due.collect::<Vec<_>>() {
            self.finish_step()?;
            if self.is_given_up(key) {
                self.unload(key);
            }
        }
        Ok(())
    }

    /// Frees so many bytes, by giving up what is only kept, then by unloading models that nobody uses, those first that were
    /// used longest ago; how many are free then.
    pub(super) fn make_room(&mut self, bytes: u64) -> u64 {
        self.settle();
        loop {
            let free = self.memory.make_room(bytes);
            let is_evictable = |model: &&ModelState<B>| {
                is_idle(model) && matches!(model.retention, Retention::Evictable { .. })
            };
            let evictable = self.models.values().filter(is_evictable);
            let oldest = evictable.min_by_key(|model| model.idle_since).map(|model| model.handle.key);
            match oldest {
                Some(key) if free < bytes => {
                    if self.is_given_up(key) {
                        self.unload(key);
                    }
                }
                _ => return free,
            }
        }
    }

    /// Fails what a model still has to do and gives everything back that it holds. No step is in flight.
    fn unload(&mut self, key: ModelKey) {
        let now = (self.clock)();
        let Some(mut model) = self.models.remove(&key) else { return };
        self.registry.remove(&model.handle);
        let message = format!("the model {:?} was unloaded before the answer had ended", model.handle.id);
        model.fail_all(&GenerationError { code: "model_unloaded", message });
        model.sweep(&mut self.memory, &mut self.clients, now);
        self.memory.remove_model(key);
        tracing::info!(model = model.handle.id, "unloaded");
        let replies = model.closing.take().map(|closing| closing.replies).unwrap_or_default();
        // Whoever waits finds the weights gone, too.
        drop(model);
        for reply in replies {
            let _ = reply.send(());
        }
    }
}

/// Whether nobody asks a model for anything or is about to, the requests on their way to it included.
fn is_idle<B: Backend>(model: &ModelState<B>) -> bool {
    let handle = &model.handle;
    let has_none = model.sequences.is_empty() && handle.waiting.load(Ordering::Relaxed) == 0;
    has_none && model.closing.is_none() && !handle.holds.are_any()
}
