//! The choice of the next token of every row, on the device.
//!
//! [`launches`] gives what [`conduit_backend::Backend::sample`] enqueues: the choice, and the copy of the logits that rows ask
//! for. The host writes one [`SamplingRow`] a row and the words of the masks beforehand; the device writes one
//! [`SampledToken`] a row, which [`crate::tokens`] may read in the next step. The choice is that of the CPU backend: the same
//! filters in the same order, the same tie rules, the same random numbers.

mod row;
#[cfg(test)]
mod tests;

pub use row::{SampledToken, SamplingRow};

use bytemuck::{Pod, Zeroable};
use conduit_backend::DType;

use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

/// Where sampling finds and leaves what it needs.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// f32 `[rows, vocab]`
    pub logits: Tensor,
    /// [`SamplingRow`] of each row.
    pub rows: u64,
    /// Words of all masks.
    pub masks: u64,
    /// [`SampledToken`] of each row.
    pub sampled: u64,
    /// Where the logits of the rows that want them go, f32 with the stride of `logits`.
    pub logits_output: u64,
}

/// Tokens that a vocabulary may have, padding included: beyond, sums of weights could overflow.
pub const MAX_VOCAB_SIZE: u32 = 1 << 21;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SamplingParams {
    logits: u64,
    rows: u64,
    masks: u64,
    sampled: u64,
    logits_output: u64,
    row_count: u64,
    vocab_size: u32,
    stride: u32,
}

const _: () = assert!(size_of::<SamplingParams>() == 56);

/// A divisor of the kernel's 1024 bins; small vocabularies do not need as many as large ones.
const fn sample_threads(vocab_size: u32) -> u32 {
    if vocab_size <= 1 << 12 { 128 } else { 1024 }
}

const COPY_THREADS: u32 = 256;
/// Blocks that share the copy of one row.
const COPY_BLOCKS: u32 = 16;

/// The choice of every row's token, and the copy of the logits that are wanted.
///
/// # Panics
/// Where the logits are not f32, or the vocabulary is larger than [`MAX_VOCAB_SIZE`].
pub fn launches(geometry: &Geometry, step: &StepAddresses, sampling: &Sampling) -> Vec<Launch> {
    let logits = sampling.logits;
    assert!(logits.dtype == DType::F32 && logits.features <= MAX_VOCAB_SIZE, "{logits:?}");
    let params = Params::new(&SamplingParams {
        logits: logits.address,
        rows: sampling.rows,
        masks: sampling.masks,
        sampled: sampling.sampled,
        logits_output: sampling.logits_output,
        row_count: step.count(RowCount::LogitRows),
        vocab_size: logits.features,
        stride: logits.stride,
    });
    let launch = |kernel, blocks, threads| Launch {
        kernel,
        grid: [geometry.max_rows, blocks, 1],
        block: [threads, 1, 1],
        shared_bytes: 0,
        params: params.clone(),
    };
    vec![
        launch("sample", 1, sample_threads(logits.features)),
        launch("copy_logits", COPY_BLOCKS, COPY_THREADS),
    ]
}
