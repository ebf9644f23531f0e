use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use conduit_backend::Backend;

use crate::Engine;
use crate::model_handle::ModelHandle;
use crate::runner::Command;

/// Keeps a model loaded for a request that is yet to come: it is neither evicted nor unloaded for being idle while this
/// lives. Whoever unloads it by name does so all the same.
pub struct ModelHold {
    handle: Arc<ModelHandle>,
    /// The engine's thread looks again when the model may go.
    released: Box<dyn Fn() + Send + Sync>,
}

/// How many hold a model, and whether it is too late for more.
#[derive(Debug, Default)]
pub(crate) struct Holds(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    count: usize,
    is_closed: bool,
}

impl<B: Backend> Engine<B> {
    /// Keeps a model loaded until the hold is dropped; `None` where it is not loaded or about to go.
    pub fn hold(&self, model: &str) -> Option<ModelHold> {
        self.hold_handle(self.registry.get(model)?)
    }

    pub(crate) fn hold_handle(&self, handle: Arc<ModelHandle>) -> Option<ModelHold> {
        if handle.is_closing.load(Ordering::Relaxed) || !handle.holds.take() {
            return None;
        }
        Some(self.held(handle))
    }

    /// A hold that has been counted.
    pub(crate) fn held(&self, handle: Arc<ModelHandle>) -> ModelHold {
        let (commands, model) = (self.commands.clone(), handle.key);
        // An engine that is gone has no thread to tell.
        let released = Box::new(move || drop(commands.send(Command::Released { model })));
        ModelHold { handle, released }
    }
}

impl fmt::Debug for ModelHold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ModelHold").field(&self.handle.id).finish()
    }
}

impl Drop for ModelHold {
    fn drop(&mut self) {
        if self.handle.holds.release() {
            (self.released)();
        }
    }
}

impl Holds {
    /// Whether it could be taken.
    pub(crate) fn take(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.count += usize::from(!state.is_closed);
        !state.is_closed
    }

    /// Whether that was the last one.
    fn release(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.count -= 1;
        state.count == 0
    }

    pub(crate) fn are_any(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count > 0
    }

    /// Gives out no more, where there are none and `is_idle` says so while none can be taken; whether that is so.
    pub(crate) fn close_if(&self, is_idle: impl FnOnce() -> bool) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_closed |= state.count == 0 && is_idle();
        state.is_closed
    }
}
