use std::ptr;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::kernels::{InputForm, Kernels, LinearBlock, LinearKernel};
use crate::shared::Shared;
use crate::weights::{Linear, Matrix, Part};

/// Bytes of weights of one job: they stay in the second-level cache while all rows pass by.
const BLOCK_BYTES: usize = 128 << 10;

/// Columns of a block are a multiple of the tiles' widths: 3, 4, 16 and 32.
const COLUMN_STEP: usize = 96;

/// Bytes that the input of a layer takes in the forms that its kernels want; 0 where they take it as it is.
pub(crate) fn packed_bytes(kernels: &Kernels, weight: &Linear, rows: usize) -> usize {
    let features = weight.shape.in_features;
    let bytes = forms(kernels, weight).into_iter().map(|form| form.bytes(rows, features));
    bytes.fold(0, usize::saturating_add)
}

fn kernel(kernels: &Kernels, weights: &Matrix, features: usize) -> LinearKernel {
    match weights {
        Matrix::Dense(dense) => kernels.linear.of(dense.dtype).of(features),
        Matrix::Grouped(grouped) => kernels.grouped.of(grouped.format).linear,
        Matrix::Prequantized(weights) => kernels.prequantized.of(weights.format).of(weights.scale_dtype),
        Matrix::Blocks(blocks) => kernels.blocks.of(blocks.format),
    }
}

/// The forms that the kernels of a layer's parts want, each once.
fn forms(kernels: &Kernels, weight: &Linear) -> Vec<&'static InputForm> {
    let mut forms: Vec<&'static InputForm> = Vec::new();
    for part in &weight.parts {
        let form = kernel(kernels, &part.weights, weight.shape.in_features).form;
        forms.extend(form.filter(|form| !forms.iter().any(|known| ptr::eq(*known, *form))));
    }
    forms
}

/// `output = x * weight^T + bias`.
///
/// # Safety
/// The CPU has the instruction set of `kernels`; `x` is `[rows, in_features]`, `output` `[rows, out_features]`, and `packed` holds at
/// least [`packed_bytes`] from the start of a cache line, used by no one else.
pub(crate) unsafe fn linear(
    kernels: &Kernels,
    weight: &Linear,
    x: &[f32],
    packed: &mut [u8],
    output: &mut [f32],
) {
    let features = weight.shape.in_features;
    let rows = x.len() / features;
    if rows == 0 {
        return;
    }
    let forms = forms(kernels, weight);
    let mut inputs: Vec<(&InputForm, &[u8])> = Vec::with_capacity(forms.len());
    let mut rest = packed;
    for form in forms {
        let (input, others) = rest.split_at_mut(form.bytes(rows, features));
        // SAFETY: as the caller's.
        unsafe { pack(form, x, features, input) };
        inputs.push((form, input));
        rest = others;
    }
    let threads = rayon::current_num_threads();
    let blocks: Vec<_> = weight.parts.iter().flat_map(|part| blocks(part, threads)).collect();
    let shared = Shared(output.as_mut_ptr());
    blocks.into_par_iter().for_each(|Block { part, first, columns }| {
        let kernel = kernel(kernels, &part.weights, features);
        let is_wanted = |form: &&InputForm| kernel.form.is_some_and(|wanted| ptr::eq(wanted, *form));
        let input = inputs.iter().find(|(form, _)| is_wanted(form));
        let (weights, scales, strips) = match &part.weights {
            Matrix::Dense(dense) => (dense.row(first), ptr::null(), None),
            Matrix::Grouped(grouped) => {
                let (blocks, scales) = grouped.strip(first);
                (blocks, scales, None)
            }
            Matrix::Prequantized(weights) => (weights.strip(first), ptr::null(), Some(&weights.layout)),
            Matrix::Blocks(blocks) => (blocks.row(first), ptr::null(), None),
        };
        let block = LinearBlock {
            input: input.map_or(x.as_ptr().cast(), |(_, packed)| packed.as_ptr()),
            rows,
            features,
            weights,
            scales,
            strips,
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

/// # Safety
/// As [`linear`]; `packed` holds the bytes of the form.
unsafe fn pack(form: &InputForm, x: &[f32], features: usize, packed: &mut [u8]) {
    let groups = packed.par_chunks_exact_mut((form.group_bytes)(features));
    // SAFETY: as the caller's.
    groups
        .zip(x.par_chunks(form.group * features))
        .for_each(|(group, rows)| unsafe { (form.pack)(rows, features, group) });
}

/// Some output features of a part, for one job.
struct Block<'a> {
    part: &'a Part,
    first: usize,
    columns: usize,
}

fn blocks(part: &Part, threads: usize) -> impl Iterator<Item = Block<'_>> {
    let rows = part.weights.rows();
    let in_cache = BLOCK_BYTES / part.weights.row_bytes();
    let evenly = rows.div_ceil(4 * threads);
    let step = in_cache.min(evenly).next_multiple_of(COLUMN_STEP).max(COLUMN_STEP);
    (0..rows).step_by(step).map(move |first| Block { part, first, columns: step.min(rows - first) })
}
