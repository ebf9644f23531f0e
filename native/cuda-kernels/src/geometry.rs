use crate::RowCount;

/// What decides the grids of a plan's launches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Multiprocessors of the device.
    pub multiprocessors: u32,
    /// Shared memory that one block may have, opt-in included.
    pub shared_bytes_per_block: u32,
    /// A row's result does not depend on which rows share its step.
    pub deterministic: bool,
    /// Tokens of the plan's bucket.
    pub max_tokens: u32,
    /// Rows of logits of the plan's bucket.
    pub max_rows: u32,
    /// Sequences of one step.
    pub max_sequences: u32,
}

impl Geometry {
    /// The most rows that an activation of this kind has in a step of the bucket.
    pub const fn max(&self, rows: RowCount) -> u32 {
        match rows {
            RowCount::Tokens | RowCount::HiddenRows => self.max_tokens,
            RowCount::LogitRows => self.max_rows,
        }
    }
}

/// Threads of a block that goes over one row with `elements` elements a thread and access: whole warps, 1024 at the most.
pub(crate) const fn row_threads(features: u32, elements: u32) -> u32 {
    let warps = features.div_ceil(elements * 32);
    32 * if warps == 0 {
        1
    } else if warps > 32 {
        32
    } else {
        warps
    }
}
