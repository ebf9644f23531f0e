use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use crate::driver::{DriverError, DriverResult};

/// How the device does, and what it is to fail with.
#[derive(Default)]
pub(super) struct State(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    failure: Option<DriverError>,
    /// Faults to come, each with the number of calls of its kind before it.
    faults: Vec<(Fault, usize)>,
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error of a device that has failed.
    pub fn check(&self) -> DriverResult<()> {
        self.inner().failure.clone().map_or(Ok(()), Err)
    }

    /// Notes the failure of the device; the first one stays.
    pub fn fail(&self, error: DriverError) {
        self.inner().failure.get_or_insert(error);
    }

    pub fn inject(&self, fault: Fault, after: usize) {
        self.inner().faults.push((fault, after));
    }

    /// Counts a call of this kind; true where it is to fail.
    pub fn is_due(&self, kind: Fault) -> bool {
        let mut is_due = false;
        self.inner().faults.retain_mut(|(fault, left)| {
            if *fault != kind {
                return true;
            }
            if *left == 0 {
                is_due = true;
                return false;
            }
            *left -= 1;
            true
        });
        is_due
    }
}
