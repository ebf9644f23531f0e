use std::ptr;

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefMutIterator, ParallelIterator,
};
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
        Matrix::Blocks(blocks) => kernels.blocks.of(blocks.format),
    }
}

/// Input as a part's kernel wants it.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a> {
    pub form: &'static InputForm,
    pub shape: InputShape<'a>,
}

impl<'a> Packed<'a> {
    /// `None` where it is taken as it is.
    fn of(part: &'a Part, kernel: LinearKernel, features: usize) -> Option<Self> {
        let strips = match &part.weights {
            Matrix::Prequantized(weights) => Some(&weights.layout),
            Matrix::Dense(_) | Matrix::Grouped(_) | Matrix::Blocks(_) => None,
        };
        kernel.form.map(|form| Self { form, shape: InputShape { features, strips } })
    }

    fn serves(self, other: Self) -> bool {
        ptr::eq(self.form, other.form) && self.shape.serves(other.shape)
    }
}

/// What the kernels of a layer's parts want, each once.
pub(crate) fn forms<'a>(kernels: &Kernels, weight: &'a Linear) -> Vec<Packed<'a>> {
    let features = weight.shape.in_features;
    let mut forms: Vec<Packed> = Vec::new();
    for part in &weight.parts {
        let form = Packed::of(part, kernel(kernels, &part.weights, features), features);
        forms.extend(form.filter(|form| !forms.iter().any(|known| known.serves(*form))));
    }
    forms
}

/// A layer, the rows that it is given, and where those go that it makes of them.
pub(crate) struct Product<'a> {
    pub weight: &'a Linear,
    /// `[rows, in_features]`
    pub x: &'a [f32],
    /// `[rows, out_features]`
    pub output: &'a mut [f32],
}

/// `output = x * weight^T + bias`.
///
/// # Safety
/// As [`products`].
pub(crate) unsafe fn linear(
    kernels: &Kernels,
    weight: &Linear,
    x: &[f32],
    packed: &mut [u8],
    output: &mut [f32],
) {
    // SAFETY: as the caller's.
    unsafe { products(kernels, &mut [Product { weight, x, output }], packed) }
}

/// All products at once, their blocks shared out together.
///
/// # Safety
/// The CPU has the instruction set of `kernels`; `x` and `output` have as many rows; `packed` holds at least [`packed_bytes`] of all
/// products from the start of a cache line, used by no one else.
pub(crate) unsafe fn products(kernels: &Kernels, products: &mut [Product], packed: &mut [u8]) {
    let mut inputs: Vec<Input> = Vec::new();
    let mut rest = packed;
    for (product, Product { weight, x, .. }) in products.iter().enumerate() {
        for wanted in forms(kernels, weight) {
            let Packed { form, shape } = wanted;
            let (packed, others) = rest.split_at_mut(form.bytes(x.len() / shape.features, shape));
            inputs.push(Input { product, wanted, x, packed });
            rest = others;
        }
    }
    // SAFETY: as the caller's.
    inputs.par_iter_mut().for_each(|input| unsafe { input.pack() });

    let threads = rayon::current_num_threads();
    let mut jobs = Vec::new();
    let mut inputs = inputs.as_slice();
    for (index, Product { weight, x, output }) in products.iter_mut().enumerate() {
        let (own, others) = inputs.split_at(inputs.partition_point(|input| input.product == index));
        inputs = others;
        let output = Shared(output.as_mut_ptr());
        let blocks = weight.parts.iter().flat_map(|part| blocks(part, threads));
        jobs.extend(blocks.map(|block| Job { block, weight, x, inputs: own, output }));
    }
    // SAFETY: as the caller's; blocks are disjoint columns of their outputs.
    jobs.into_par_iter().for_each(|job| unsafe { job.run(kernels) });
}

/// What a product is given, as a kernel of its wants it.
struct Input<'a> {
    /// Index of the product.
    product: usize,
    wanted: Packed<'a>,
    x: &'a [f32],
    packed: &'a mut [u8],
}

impl Input<'_> {
    /// # Safety
    /// The CPU has the instruction set, and `packed` begins a cache line and holds the bytes of the form.
    unsafe fn pack(&mut self) {
        let Self { wanted: Packed { form, shape }, x, .. } = *self;
        let groups = self.packed.par_chunks_exact_mut((form.group_bytes)(shape));
        // SAFETY: as the caller's.
        groups
            .zip(x.par_chunks(form.group * shape.features))
            .for_each(|(group, rows)| unsafe { (form.pack)(rows, shape, group) });
    }
}

/// A block of a product.
struct Job<'a> {
    block: Block<'a>,
    weight: &'a Linear,
    x: &'a [f32],
    /// Those of the product.
    inputs: &'a [Input<'a>],
    output: Shared<f32>,
}

impl Job<'_> {
    /// # Safety
    /// As [`products`]; no one else writes these columns of the output.
    unsafe fn run(self, kernels: &Kernels) {
        let Self { block: Block { part, first, columns }, weight, x, inputs, output } = self;
        let features = weight.shape.in_features;
        let kernel = kernel(kernels, &part.weights, features);
        let wanted = Packed::of(part, kernel, features);
        let input = wanted.and_then(|wanted| inputs.iter().find(|input| input.wanted.serves(wanted)));
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
            input: input.map_or(x.as_ptr().cast(), |input| input.packed.as_ptr()),
            rows: x.len() / features,
            features,
            weights,
            scales,
            strips,
            columns,
            bias: part.bias.as_deref().map(|bias| &bias[first..first + columns]),
            // SAFETY: the block lies within the first row.
            output: unsafe { output.get().add(part.first + first) },
            output_stride: weight.shape.out_features,
        };
        // SAFETY: as the caller's.
        unsafe { (kernel.run)(&block) };
    }
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
