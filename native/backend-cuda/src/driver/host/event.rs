use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A point in a stream's work, by the number of its recording.
#[derive(Clone, Default)]
pub struct HostEvent(Arc<(Mutex<Counts>, Condvar)>);

#[derive(Default)]
struct Counts {
    recorded: u64,
    reached: u64,
}

impl HostEvent {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new recording.
    pub(super) fn record(&self) -> u64 {
        let mut counts = self.counts();
        counts.recorded += 1;
        counts.recorded
    }

    /// The number of the last recording.
    pub(super) fn recorded(&self) -> u64 {
        self.counts().recorded
    }

    pub(super) fn reach(&self, number: u64) {
        let mut counts = self.counts();
        counts.reached = counts.reached.max(number);
        self.0.1.notify_all();
    }

    pub(super) fn wait_for(&self, number: u64) {
        let mut counts = self.counts();
        while counts.reached < number {
            counts = self.0.1.wait(counts).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
