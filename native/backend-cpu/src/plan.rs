use std::sync::Arc;

use conduit_backend::StepLimits;
use conduit_backend::recording::{self, Recording, Region};

use crate::CpuBackend;
use crate::kernels::Kernels;
use crate::operations::{experts, linear};
use crate::workspace::LINE;

pub(crate) type HeadNorm = recording::HeadNorm<CpuBackend>;
pub(crate) type Operation = recording::Operation<CpuBackend>;

/// A recorded forward pass: operations, and where in the shared workspace their results lie.
#[derive(Clone)]
pub struct CpuPlan(pub(crate) Arc<Plan>);

pub(crate) struct Plan {
    pub limits: StepLimits,
    pub operations: Vec<Operation>,
    /// Offset of each region in elements of f32, by [`Region::id`].
    pub offsets: Vec<usize>,
    /// Offset of what an operation needs for itself, behind all regions.
    pub scratch: usize,
    /// Elements of f32 that the regions and the scratch of any operation take together.
    pub workspace: usize,
    /// Bytes that the input of any layer takes in the forms that kernels want.
    pub packed: usize,
}

impl Plan {
    /// Regions start at cache lines.
    pub fn new(recording: Recording<CpuBackend>, kernels: &Kernels) -> Self {
        let size_of = |region: &Region| {
            let rows = region.rows.most(recording.limits.bucket);
            rows.saturating_mul(region.features).checked_next_multiple_of(LINE).unwrap_or(usize::MAX)
        };
        let sizes: Vec<_> = recording.regions.iter().map(size_of).collect();
        let placement = recording.place(&sizes);
        let Recording { limits, operations, .. } = recording;
        let (mut packed, mut scratch) = (0, 0);
        for operation in &operations {
            let most = |region: &Region| region.rows.most(limits.bucket);
            let (its_packed, its_scratch) = match operation {
                Operation::Linear { x, weight: layer, .. } | Operation::Logits { x, head: layer, .. } => {
                    (linear::packed_bytes(kernels, &layer.0, most(x)), 0)
                }
                Operation::Experts { x, experts, .. } => (
                    experts::packed_bytes(kernels, experts, most(x)),
                    experts::scratch_elements(experts, most(x)),
                ),
                _ => continue,
            };
            packed = packed.max(its_packed);
            scratch = scratch.max(its_scratch);
        }
        let workspace = placement.size.saturating_add(scratch);
        Self { limits, operations, offsets: placement.offsets, scratch: placement.size, workspace, packed }
    }

    /// Elements of f32 that the hidden states of a step take.
    pub fn hidden(&self) -> usize {
        self.limits.bucket.max_tokens.saturating_mul(self.limits.hidden_size)
    }

    /// Elements of f32 that the logits of a step take.
    pub fn logits(&self) -> usize {
        let rows = if self.limits.has_logits { self.limits.bucket.max_rows } else { 0 };
        rows.saturating_mul(self.limits.vocab_size)
    }
}
