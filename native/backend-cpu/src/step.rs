use std::sync::mpsc::{Receiver, Sender};

use conduit_backend::{Outputs, Place, Result};

/// A step in flight. Dropping it gives its place back.
pub struct CpuStep {
    pub(crate) answer: Receiver<Result<Outputs>>,
    /// Taken by the sampling of the step.
    pub(crate) done: Option<Sender<Result<Outputs>>>,
    pub(crate) place: Place,
    pub(crate) rows: usize,
    pub(crate) vocab_size: usize,
}
