use std::sync::mpsc::{Receiver, Sender};

use conduit_backend::{Outputs, Place, Result};

/// A step in flight. Dropping it waits until it is computed, then gives its place back: until then it reads and writes the
/// cache.
pub struct CpuStep {
    pub(crate) answer: Receiver<Result<Outputs>>,
    /// Taken by the sampling of the step.
    pub(crate) done: Option<Sender<Result<Outputs>>>,
    pub(crate) place: Place,
    pub(crate) rows: usize,
    pub(crate) vocab_size: usize,
}

impl Drop for CpuStep {
    fn drop(&mut self) {
        self.done = None;
        // Ends when the last of the step's jobs is over, with or without an answer.
        while self.answer.recv().is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use conduit_backend::Flight;

    use super::*;

    #[test]
    fn a_step_that_is_dropped_unsampled_is_waited_for() {
        let (done, answer) = channel();
        let flight = Arc::new(Flight::default());
        let place = flight.take(1, |_, _| Ok(())).unwrap();
        let step = CpuStep { answer, done: Some(done.clone()), place, rows: 1, vocab_size: 8 };
        let is_over = Arc::new(AtomicBool::new(false));
        let job = thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                // A forward pass that takes its time, and has no answer where its rows are not sampled.
                thread::sleep(Duration::from_millis(50));
                is_over.store(true, Ordering::SeqCst);
                drop(done);
            }
        });
        drop(step);
        assert!(is_over.load(Ordering::SeqCst));
        job.join().unwrap();
    }
}
