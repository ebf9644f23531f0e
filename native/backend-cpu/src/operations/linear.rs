use std::ptr;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::kernels::{InputForm, InputShape, Kernels, LinearBlock, LinearKernel};
use crate::shared::Shared;
use crate::weights::{Linear, Matrix, Part};

/// Bytes of weights of one job: they stay in the second-level cache while all rows pass by.
const BLOCK_BYTES: usize = 128 << 10;

/// Columns of a block are a multiple of the tiles' widths: 3, 4, 16 and 32.
const COLUMN_STEP: usize = 96;

/// Bytes that the input of a layer takes in the forms that its kernels want; 0 where they take it as it is.
pub(crate) fn packed_bytes(kernels: &Kernels, weight: &Linear, rows: usize) -> usize {
    let bytes = forms(kernels, weight).into_iter().map(|Packed { form, shape }| form.bytes(rows, shape));
    bytes.fold(0, usize::saturating_add)
}

fn kernel(kernels: &Kernels, weights: &Matrix, features: usize) -> LinearKernel {
    match weights {
        Matrix::Dense(dense) => kernels.linear.of(dense.dtype).of(features),
        Matrix::Grouped(grouped) => kernels.grouped.of(grouped.format).linear,
        Matrix::Prequantized(weights) => {
            kernels.prequantized.of(weights.layout.format).of(weights.scale_dtype)
        }
    }
}

/// Input as a part's kernel wants it.
#[derive(Clone, Copy)]
struct Packed<'a> {
    form: &'static InputForm,
    shape: InputShape<'a>,
}

impl<'a> Packed<'a> {
    /// `None` where it is taken as it is.
    fn of(part: &'a Part, kernel: LinearKernel, features: usize) -> Option<Self> {
        let strips = match &part.weights {
            Matrix::Prequantized(weights) => Some(&weights.layout),
            Matrix::Dense(_) | Matrix::Grouped(_) => None,
        };
        kernel.form.map(|form| Self { form, shape: InputShape { features, strips } })
    }

    fn serves(self, other: Self) -> bool {
        ptr::eq(self.form, other.form) && self.shape.serves(other.shape)
    }
}

/// What the kernels of a layer's parts want, each once.
fn forms<'a>(kernels: &Kernels, weight: &'a Linear) -> Vec<Packed<'a>> {
    let features = weight.shape.in_features;
    let mut forms: Vec<Packed> = Vec::new();
    for part in &weight.parts {
        let form = Packed::of(part, kernel(kernels, &part.weights, features), features);
        forms.extend(form.filter(|form| !forms.iter().any(|known| known.serves(*form))));
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
    let mut inputs: Vec<(Packed, &[u8])> = Vec::with_capacity(forms.len());
    let mut rest = packed;
    for form in forms {
        let (input, others) = rest.split_at_mut(form.form.bytes(rows, form.shape));
        // SAFETY: as the caller's.
        unsafe { pack(form, x, input) };
        inputs.push((form, input));
        rest = others;
    }
    let threads = rayon::current_num_threads();
    let blocks: Vec<_> = weight.parts.iter().flat_map(|part| blocks(part, threads)).collect();
    let shared = Shared(output.as_mut_ptr());
    blocks.into_par_iter().for_each(|Block { part, first, columns }| {
        let kernel = kernel(kernels, &part.weights, features);
        let wanted = Packed::of(part, kernel, features);
        let input = wanted.and_then(|wanted| inputs.iter().find(|(form, _)| form.serves(wanted)));
        let (weights, scales, strips) = match &part.weights {
            Matrix::Dense(dense) => (dense.row(first), ptr::null(), None),
            Matrix::Grouped(grouped) => {
                let (blocks, scales) = grouped.strip(first);
                (blocks, scales, None)
            }
            Matrix::Prequantized(weights) => (weights.strip(first), ptr::null(), Some(&weights.layout)),
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
unsafe fn pack(Packed { form, shape }: Packed, x: &[f32], packed: &mut [u8]) {
    let groups = packed.par_chunks_exact_mut((form.group_bytes)(shape));
    // SAFETY: as the caller's.
    groups
        .zip(x.par_chunks(form.group * shape.features))
        .for_each(|(group, rows)| unsafe { (form.pack)(rows, shape, group) });
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
