use std::sync::{Mutex, PoisonError};

use metrics::{Counter, Gauge, counter, gauge};

use crate::models::{ENGINE_GAUGES, ENGINE_SUMS, EngineMetrics};

/// What the engine says of one model, over all the times that it was loaded.
#[derive(Debug)]
pub(super) struct EngineCounts {
    gauges: [Gauge; ENGINE_GAUGES.len()],
    sums: [Counter; ENGINE_SUMS.len()],
    seen: Mutex<[Seen; ENGINE_SUMS.len()]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// What had come together when the model was loaded last.
    before: u64,
    since: u64,
}

impl EngineCounts {
    /// Registers them with the recorder that holds for the moment.
    pub(super) fn new(model: &str) -> Self {
        Self {
            gauges: ENGINE_GAUGES.map(|(name, _)| gauge!(name, "model" => model.to_owned())),
            sums: ENGINE_SUMS.map(|(name, _)| counter!(name, "model" => model.to_owned())),
            seen: Mutex::default(),
        }
    }

    /// Takes what the engine says now; the default for a model that is not loaded. It is asked under a lock: an older answer that is taken
    /// after a newer one would look like a model that was loaded again.
    pub(super) fn tell(&self, ask: impl FnOnce() -> EngineMetrics) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = ask();
        for (gauge, value) in self.gauges.iter().zip(engine.gauges()) {
            gauge.set(value);
        }
        for ((counter, seen), value) in self.sums.iter().zip(seen.iter_mut()).zip(engine.sums()) {
            // The engine counts from 0 again with each time that a model is loaded.
            if value < seen.since {
                seen.before += seen.since;
            }
            seen.since = value;
            counter.absolute(seen.before + value);
        }
    }
}
