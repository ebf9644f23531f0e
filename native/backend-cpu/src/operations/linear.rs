use half::bf16;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::kernels::{Kernels, LinearBlock, LinearKernel};
use crate::shared::Shared;
use crate::weights::{Linear, Part};

/// Bytes of weights of one job: they stay in the second-level cache while all rows pass by.
const BLOCK_BYTES: usize = 128 << 10;

/// Columns of a block are a multiple of the tiles' widths: 3, 4 and 32.
const COLUMN_STEP: usize = 96;

/// Elements that the input of a layer takes in the form that its kernels want; 0 where they take it as it is.
pub(crate) fn packed_elements(kernels: &Kernels, weight: &Linear, rows: usize) -> usize {
    let features = weight.shape.in_features;
    packing_kernel(kernels, weight)
        .and_then(|kernel| kernel.form)
        .map_or(0, |form| form.elements(rows, features))
}

/// The kernel, if there is one among those of the parts, that does not take its input as it is. Parts have the same number of features,
/// and only one type of weights has such kernels.
fn packing_kernel(kernels: &Kernels, weight: &Linear) -> Option<LinearKernel> {
    let of = |part: &Part| kernels.linear.of(part.weights.dtype).of(weight.shape.in_features);
    weight.parts.iter().map(of).find(|kernel| kernel.form.is_some())
}

/// `output = x * weight^T + bias`.
///
/// # Safety
/// The CPU has the instruction set of `kernels`; `x` is `[rows, in_features]`, `output` `[rows, out_features]`, and `packed` holds at
/// least [`packed_elements`], used by no one else.
pub(crate) unsafe fn linear(
    kernels: &Kernels,
    weight: &Linear,
    x: &[f32],
    packed: &mut [bf16],
    output: &mut [f32],
) {
    let features = weight.shape.in_features;
    let rows = x.len() / features;
    if rows == 0 {
        return;
    }
    if let Some(form) = packing_kernel(kernels, weight).and_then(|kernel| kernel.form) {
        let groups =
            packed[..form.elements(rows, features)].par_chunks_exact_mut(form.group_elements(features));
        // SAFETY: as the caller's.
        groups
            .zip(x.par_chunks(form.group * features))
            .for_each(|(group, rows)| unsafe { (form.pack)(rows, features, group) });
    }
    let threads = rayon::current_num_threads();
    let blocks: Vec<_> = weight.parts.iter().flat_map(|part| blocks(part, threads)).collect();
    let shared = Shared(output.as_mut_ptr());
    let packed = &*packed;
    blocks.into_par_iter().for_each(|Block { part, first, columns }| {
        let kernel = kernels.linear.of(part.weights.dtype).of(features);
        let block = LinearBlock {
            input: kernel.form.map_or(x.as_ptr().cast(), |_| packed.as_ptr().cast()),
            rows,
            features,
            weights: part.weights.row(first),
            columns,
            bias: part.bias.as_deref().map(|bias| &bias[first..first + columns]),
            // SAFETY: the block lies within the first row.
            output: unsafe { shared.get().add(part.first + first) },
            output_stride: weight.shape.out_features,
        };
        // SAFETY: as the caller's; blocks are disjoint columns of the output.
        unsafe { (kernel.run)(&block) };
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
