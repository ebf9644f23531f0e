//! The choice of the next token of every row, on the device.
//!
//! [`launch`] gives what [`conduit_backend::Backend::sample`] enqueues. The host writes one [`SamplingRow`] a row, the words of
//! the masks and the [`Adjustment`]s beforehand; the device writes one [`SampledToken`] a row, which [`crate::tokens`] may read in
//! the next step. The choice is that of the CPU backend: the same adjustments and filters in the same order, the same tie rules,
//! the same random numbers.

mod row;
#[cfg(test)]
mod tests;

pub use row::{Adjustment, SampledToken, SamplingRow};

use bytemuck::{Pod, Zeroable};
use conduit_backend::DType;

use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

/// Where sampling finds and leaves what it needs.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// f32 `[rows, vocab]`; the same after the launch as before it.
    pub logits: Tensor,
    /// [`SamplingRow`] of each row.
    pub rows: u64,
    /// Words of all masks.
    pub masks: u64,
    /// [`Adjustment`]s of all rows.
    pub adjustments: u64,
    /// [`SampledToken`] of each row.
    pub sampled: u64,
}

/// Tokens that a vocabulary may have, padding included: beyond, sums of weights could overflow.
pub const MAX_VOCAB_SIZE: u32 = 1 << 21;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SamplingParams {
    logits: u64,
    rows: u64,
    masks: u64,
    adjustments: u64,
    sampled: u64,
    row_count: u64,
    vocab_size: u32,
    stride: u32,
}

const _: () = assert!(size_of::<SamplingParams>() == 56);

/// A divisor of the kernel's 1024 bins; small vocabularies do not need as many as large ones.
const fn sample_threads(vocab_size: u32) -> u32 {
    if vocab_size <= 1 << 12 { 128 } else { 1024 }
}

/// The choice of every row's token.
///
/// # Panics
/// Where the logits are not f32, or the vocabulary is larger than [`MAX_VOCAB_SIZE`].
pub fn launch(geometry: &Geometry, step: &StepAddresses, sampling: &Sampling) -> Launch {
    let logits = sampling.logits;
    assert!(logits.dtype == DType::F32 && logits.features <= MAX_VOCAB_SIZE, "{logits:?}");
    let params = Params::new(&SamplingParams {
        logits: logits.address,
        rows: sampling.rows,
        masks: sampling.masks,
        adjustments: sampling.adjustments,
        sampled: sampling.sampled,
        row_count: step.count(RowCount::LogitRows),
        vocab_size: logits.features,
        stride: logits.stride,
    });
    Launch {
        kernel: "sample",
        grid: [geometry.max_rows, 1, 1],
        block: [sample_threads(logits.features), 1, 1],
        shared_bytes: 0,
        params,
    }
}
