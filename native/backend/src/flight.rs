use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{BackendError, Result};

/// Steps that may be in flight at once.
pub const STEPS: usize = 2;

/// A slot that one step holds; dropping it gives the slot back.
#[derive(Debug)]
pub struct Place {
    slot: usize,
    /// Counts steps.
    number: u64,
    flight: Arc<Flight>,
}

/// Which steps are in flight, as the callers of the backend know it.
#[derive(Debug, Default)]
pub struct Flight(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    taken: [bool; STEPS],
    steps: u64,
    last: Option<LastStep>,
}

/// The step enqueued last.
#[derive(Clone, Copy, Debug)]
struct LastStep {
    slot: usize,
    rows: usize,
    number: u64,
    is_sampled: bool,
}

/// The step before, where its sampling is enqueued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Previous {
    pub slot: usize,
    pub rows: usize,
}

impl Flight {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a step of `rows` rows and enqueues it; callers wait for each other, so that steps are enqueued in
    /// the order of their numbers.
    ///
    /// # Errors
    /// `InvalidInput` where all places are taken, and what `enqueue` returns.
    pub fn take(
        self: &Arc<Self>,
        rows: usize,
        enqueue: impl FnOnce(usize, Option<Previous>) -> Result<()>,
    ) -> Result<Place> {
        let mut state = self.state();
        let Some(slot) = state.taken.iter().position(|taken| !taken) else {
            let what = format!("{STEPS} steps are in flight; collect one of them first");
            return Err(BackendError::InvalidInput(what));
        };
        let previous = state.last.filter(|last| last.is_sampled);
        enqueue(slot, previous.map(|last| Previous { slot: last.slot, rows: last.rows }))?;
        state.taken[slot] = true;
        state.steps += 1;
        let number = state.steps;
        state.last = Some(LastStep { slot, rows, number, is_sampled: false });
        Ok(Place { slot, number, flight: Arc::clone(self) })
    }

    /// Notes that a step's sampling is enqueued.
    pub fn sampled(&self, place: &Place) {
        if let Some(last) = self.state().last.as_mut().filter(|last| last.number == place.number) {
            last.is_sampled = true;
        }
    }
}

impl Place {
    /// Index of the slot, below [`STEPS`].
    pub fn slot(&self) -> usize {
        self.slot
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.flight.state().taken[self.slot] = false;
    }
}
