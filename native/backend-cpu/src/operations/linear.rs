use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::kernels::{Kernels, LinearBlock};
use crate::shared::Shared;
use crate::weights::{Linear, Part};

/// Bytes of weights of one job: they stay in the second-level cache while all rows pass by.
const BLOCK_BYTES: usize = 128 << 10;

/// Columns of a block are a multiple of the tiles' widths, 3 and 4.
const COLUMN_STEP: usize = 12;

/// `output = x * weight^T + bias`.
///
/// # Safety
/// The CPU has the instruction set of `kernels`; `x` is `[rows, in_features]` and `output` `[rows, out_features]`.
pub(crate) unsafe fn linear(kernels: &Kernels, weight: &Linear, x: &[f32], output: &mut [f32]) {
    let rows = x.len() / weight.shape.in_features;
    if rows == 0 {
        return;
    }
    let threads = rayon::current_num_threads();
    let blocks: Vec<_> = weight.parts.iter().flat_map(|part| blocks(part, threads)).collect();
    let shared = Shared(output.as_mut_ptr());
    blocks.into_par_iter().for_each(|Block { part, first, columns }| {
        let block = LinearBlock {
            input: x.as_ptr(),
            rows,
            features: weight.shape.in_features,
            weights: part.weights.row(first),
            columns,
            bias: part.bias.as_deref().map(|bias| &bias[first..first + columns]),
            // SAFETY: the block lies within the first row.
            output: unsafe { shared.get().add(part.first + first) },
            output_stride: weight.shape.out_features,
        };
        // SAFETY: as the caller's; blocks are disjoint columns of the output.
        unsafe { kernels.linear.of(part.weights.dtype)(&block) };
    });
}

/// Some output features of a part, for one job.
struct Block<'a> {
    part: &'a Part,
    first: usize,
    columns: usize,
}

fn blocks(part: &Part, threads: usize) -> impl Iterator<Item = Block<'_>> {
    let rows = part.weights.rows;
    let in_cache = BLOCK_BYTES / (part.weights.columns * part.weights.dtype.bytes());
    let evenly = rows.div_ceil(4 * threads);
    let step = in_cache.min(evenly).next_multiple_of(COLUMN_STEP).max(COLUMN_STEP);
    (0..rows).step_by(step).map(move |first| Block { part, first, columns: step.min(rows - first) })
}
