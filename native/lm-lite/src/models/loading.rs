use std::sync::{Arc, OnceLock};
use std::time::Duration;

use conduit_engine::ModelHold;
use conduit_models::ByteProgress;

/// How long a step has to take before it is worth telling how far it is.
const NOTEWORTHY: Duration = Duration::from_secs(1);

/// How far a model is that is being loaded.
#[derive(Debug, Default)]
pub(crate) struct Loading {
    /// Whether the server is not ready without it.
    pub(crate) at_start: bool,
    /// How often in a row it has found no room.
    pub(crate) failures: u32,
    /// Files of weights that come from the hub.
    pub(crate) download: ByteProgress,
    /// Weights that come from the disk.
    pub(crate) weights: ByteProgress,
    /// Once it is loaded it stays for as long as somebody who has waited for it has this.
    pub(crate) held: OnceLock<Arc<ModelHold>>,
}

/// What loading is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) done_bytes: u64,
    pub(crate) total_bytes: u64,
}

impl Loading {
    /// The step that takes its time; `None` where there is none.
    pub(crate) fn step(&self) -> Option<Step> {
        self.step_after(NOTEWORTHY)
    }

    fn step_after(&self, noteworthy: Duration) -> Option<Step> {
        [("weights", &self.weights), ("download", &self.download)].into_iter().find_map(|(name, progress)| {
            let (done_bytes, total_bytes) = progress.under_way().filter(|_| progress.age() >= noteworthy)?;
            Some(Step { name, done_bytes, total_bytes })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_that_is_under_way_is_told_once_it_takes_its_time() {
        let loading = Loading::default();
        let step = || loading.step_after(Duration::ZERO);
        assert_eq!(step(), None);
        loading.download.begin(10);
        loading.download.advance(4);
        assert_eq!(step(), Some(Step { name: "download", done_bytes: 4, total_bytes: 10 }));
        assert_eq!(loading.step_after(Duration::from_secs(3600)), None);
        loading.download.advance(6);
        assert_eq!(step(), None);
        loading.weights.begin(20);
        assert_eq!(step(), Some(Step { name: "weights", done_bytes: 0, total_bytes: 20 }));
    }
}
