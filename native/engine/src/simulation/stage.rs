use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use conduit_backend::{Backend, Budget, EXTENT_BYTES};
use conduit_testkit::fake_backend::{FakeBackend, FakeMemory, FakeOptions};

use crate::runner::Runner;
use crate::{Engine, EngineOptions, Event, Generation, ModelSpec};

/// An engine that does nothing unless it is told to, by a clock that nothing else moves.
pub(super) struct Stage {
    pub(super) engine: Engine<FakeBackend>,
    pub(super) runner: Runner<FakeBackend>,
    pub(super) backend: Arc<FakeBackend>,
    pub(super) memory: Arc<FakeMemory>,
    millis: Arc<AtomicU64>,
}

impl Stage {
    pub(super) fn new(extents: u64, fake: FakeOptions, options: EngineOptions) -> Self {
        let backend = Arc::new(FakeBackend::new(fake));
        let memory = backend.memory(Budget { bytes: extents * EXTENT_BYTES as u64 }).unwrap();
        let millis = Arc::new(AtomicU64::new(0));
        let (start, now) = (Instant::now(), Arc::clone(&millis));
        let clock = Box::new(move || start + Duration::from_millis(now.load(Ordering::Relaxed)));
        let (engine, runner) = Engine::with_runner(Arc::clone(&backend), memory, options, clock);
        let memory = backend.fake_memory().unwrap();
        Self { engine, runner, backend, memory, millis }
    }

    pub(super) fn add(&mut self, spec: ModelSpec<FakeBackend>) {
        let (engine, runner) = (&self.engine, &mut self.runner);
        std::thread::scope(|scope| {
            let adding = scope.spawn(|| engine.add_model(spec));
            while !adding.is_finished() {
                runner.poll();
            }
            adding.join().unwrap().unwrap();
        });
    }

    pub(super) fn pass(&mut self, millis: u64) {
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }

    pub(super) fn millis(&self) -> u64 {
        self.millis.load(Ordering::Relaxed)
    }

    /// Lets the engine do so many steps, if it has them to do.
    pub(super) fn poll(&mut self, steps: usize) {
        for _ in 0..steps {
            self.runner.poll();
        }
    }

    /// Steps until a request has ended; how many.
    pub(super) fn steps_until_end(&mut self, generation: &mut Generation) -> u64 {
        let first = self.backend.steps();
        loop {
            while let Ok(event) = generation.events.try_recv() {
                match event {
                    Event::Token { .. } => {}
                    Event::Finished { .. } => return self.backend.steps() - first,
                    Event::Failed(error) => panic!("{error}"),
                }
            }
            assert!(self.runner.poll(), "deadlock");
        }
    }
}
