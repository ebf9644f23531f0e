//! Recording a model's forward pass as a list of operations: what backends share that compile such a list, or run it.

mod operation;
mod placement;
mod recorder;

use crate::{Backend, StepLimits};

pub use operation::{HeadNorm, Layer, Operation, Region, Rows};
pub use placement::Placement;
pub use recorder::record;

/// What the recorder has to know of a backend.
pub trait RecordingBackend: Backend {
    /// Query heads that may share a key head at most.
    const MAX_QUERY_GROUP: usize;

    /// Elements of a vector.
    fn vector_len(&self, vector: &Self::Vector) -> usize;

    /// Whether both are the same vector, not only equal ones.
    fn is_same_vector(&self, a: &Self::Vector, b: &Self::Vector) -> bool;
}

/// A recorded forward pass whose shapes fit each other and the cache. It ends in [`Operation::Logits`] or in
/// [`Operation::Hidden`].
pub struct Recording<B: Backend> {
    pub limits: StepLimits,
    pub operations: Vec<Operation<B>>,
    /// Every activation, by [`Region::id`].
    pub regions: Vec<Region>,
}

impl<B: Backend> Recording<B> {
    /// Gives every region a place for the time between its first and its last use. `sizes` are those of the regions, by id,
    /// in any unit; where all are multiples of an alignment, so are the offsets.
    ///
    /// Two regions overlap only where no operation touches both and neither is used again: backends rely on it when they
    /// work on several regions at once.
    pub fn place(&self, sizes: &[usize]) -> Placement {
        let ids = |operation: &Operation<B>| operation.regions().iter().map(|region| region.id).collect();
        placement::place(&self.operations.iter().map(ids).collect::<Vec<_>>(), sizes)
    }
}
