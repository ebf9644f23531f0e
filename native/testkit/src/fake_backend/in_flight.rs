use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conduit_backend::{Result, STEPS};

use super::step::invalid;

/// The numbers of the steps that are enqueued and neither collected nor dropped.
#[derive(Default)]
pub(super) struct InFlight(Mutex<BTreeSet<u64>>);

impl InFlight {
    pub(super) fn take(this: &Arc<Self>, number: u64) -> Result<Place> {
        let mut steps = this.lock();
        if steps.len() >= STEPS {
            return invalid("two steps are in flight already");
        }
        steps.insert(number);
        Ok(Place { number, in_flight: Arc::clone(this) })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A step's place among those in flight, until it is dropped.
pub(super) struct Place {
    number: u64,
    in_flight: Arc<InFlight>,
}

impl Place {
    /// Steps run in the order in which they were enqueued.
    pub(super) fn check_first(&self) -> Result<()> {
        match self.in_flight.lock().first() {
            Some(&first) if first != self.number => {
                invalid(format!("step {} is collected before step {first}", self.number))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.in_flight.lock().remove(&self.number);
    }
}
