use metrics::{Counter, Gauge, counter, gauge};

use crate::models::{ENGINE_GAUGES, ENGINE_SUMS, EngineMetrics};

/// What the engine says of one model.
#[derive(Debug)]
pub(super) struct EngineCounts {
    gauges: [Gauge; ENGINE_GAUGES.len()],
    sums: [Counter; ENGINE_SUMS.len()],
}

impl EngineCounts {
    /// Registers them with the recorder that holds for the moment.
    pub(super) fn new(model: &str) -> Self {
        Self {
            gauges: ENGINE_GAUGES.map(|(name, _)| gauge!(name, "model" => model.to_owned())),
            sums: ENGINE_SUMS.map(|(name, _)| counter!(name, "model" => model.to_owned())),
        }
    }

    /// Takes what the engine says now. Its sums only grow, so that an older answer that comes late changes none of them.
    pub(super) fn tell(&self, engine: EngineMetrics) {
        for (gauge, value) in self.gauges.iter().zip(engine.gauges()) {
            gauge.set(value);
        }
        for (counter, value) in self.sums.iter().zip(engine.sums()) {
            counter.absolute(value);
        }
    }
}
