use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Counts kernels, and lets those wait that a test wants to wait.
#[derive(Default)]
pub(super) struct Gate(Mutex<Counts>, Condvar);

#[derive(Default)]
struct Counts {
    passed: usize,
    most: Option<usize>,
}

impl Gate {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A kernel is about to run.
    pub fn pass(&self) {
        let mut counts = self.counts();
        while counts.most.is_some_and(|most| counts.passed >= most) {
            counts = self.1.wait(counts).unwrap_or_else(PoisonError::into_inner);
        }
        counts.passed += 1;
    }

    pub fn passed(&self) -> usize {
        self.counts().passed
    }

    /// From now on so many pass.
    pub fn close_after(&self, kernels: usize) {
        let mut counts = self.counts();
        counts.most = Some(counts.passed + kernels);
    }

    pub fn open(&self) {
        self.counts().most = None;
        self.1.notify_all();
    }
}
