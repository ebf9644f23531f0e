use std::sync::Arc;
use std::time::{Duration, Instant};

use super::load_error::LoadError;

/// Pauses between two tries to load a model that finds no room; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A model that was asked for when there was no room for it. A request loads it again after a pause: a try takes the caches
/// and models of others that are idle.
#[derive(Clone, Debug)]
pub(crate) struct NoRoom {
    pub(crate) error: Arc<LoadError>,
    /// How often in a row.
    pub(crate) failures: u32,
    retry_at: Instant,
}

impl NoRoom {
    /// `failures` counts this one.
    pub(super) fn new(error: LoadError, failures: u32, now: Instant) -> Self {
        let pause = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
        Self { error: Arc::new(error), failures, retry_at: now + pause }
    }

    /// How long until the next try.
    pub(crate) fn pause(&self, now: Instant) -> Duration {
        self.retry_at.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_pass() {
        let now = Instant::now();
        let no_room = |failures| NoRoom::new(LoadError::new("out_of_memory", ""), failures, now);
        let seconds = [1, 2, 3, 5, 6, 40, u32::MAX].map(|failures| no_room(failures).pause(now).as_secs());
        assert_eq!(seconds, [1, 2, 4, 16, 30, 30, 30]);
        assert_eq!(no_room(1).pause(now + FIRST_PAUSE), Duration::ZERO);
    }
}
