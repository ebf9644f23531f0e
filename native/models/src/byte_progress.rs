use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many bytes of how many have been moved: one thread counts, others look.
#[derive(Debug, Default)]
pub struct ByteProgress {
    done: AtomicU64,
    total: AtomicU64,
    begun: OnceLock<Instant>,
}

impl ByteProgress {
    /// Says how many bytes there will be, before the first of them.
    pub fn begin(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        let _ = self.begun.set(Instant::now());
    }

    pub fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes back what has to be moved once more.
    pub fn retreat(&self, bytes: u64) {
        self.done.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes so far and in all; `None` before the begin and when all is done.
    pub fn under_way(&self) -> Option<(u64, u64)> {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        (self.begun.get().is_some() && done < total).then_some((done, total))
    }

    /// Time since the begin.
    pub fn age(&self) -> Duration {
        self.begun.get().map_or(Duration::ZERO, Instant::elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_is_counted_from_the_begin_until_all_is_there() {
        let progress = ByteProgress::default();
        assert_eq!((progress.under_way(), progress.age()), (None, Duration::ZERO));
        progress.begin(10);
        assert_eq!(progress.under_way(), Some((0, 10)));
        progress.advance(7);
        progress.retreat(3);
        assert_eq!(progress.under_way(), Some((4, 10)));
        progress.advance(6);
        assert_eq!(progress.under_way(), None);
    }
}
