//! Linear layers: `output = input * weights^T + bias`.

#[cfg(target_arch = "x86_64")]
mod bf16_rows;
#[cfg(target_arch = "x86_64")]
mod bf16_tiles;
mod blocks;
mod grouped;
mod plain;
mod prequantized;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod tile_shapes;
#[cfg(target_arch = "x86_64")]
mod transpose;

use half::bf16;

#[cfg(target_arch = "x86_64")]
pub use blocks::AVX2 as AVX2_BLOCKS;
pub use blocks::{ByBlockFormat, PORTABLE as PORTABLE_BLOCKS, read_row as read_block_row};
#[cfg(target_arch = "x86_64")]
pub use grouped::{AVX2 as AVX2_GROUPED, TILES as TILES_GROUPED, VNNI as VNNI_GROUPED};
pub use grouped::{ByQuantization, GroupedKernel, PORTABLE as PORTABLE_GROUPED};
pub use plain::{dot_tile, linear};
#[cfg(target_arch = "x86_64")]
pub use prequantized::AVX2 as AVX2_PREQUANTIZED;
pub use prequantized::{
    ByNumbers, F8_FACTOR, PORTABLE as PORTABLE_PREQUANTIZED, STRIP as PREQUANTIZED_STRIP, StripLayout,
    U4_STEP, widen_f8,
};

/// A block of output features of a linear layer, for all rows of a step.
pub struct LinearBlock<'a> {
    /// The rows in the form that the kernel wants; without one `[rows, features]` of f32.
    pub input: *const u8,
    pub rows: usize,
    /// Input features: the length of the sums.
    pub features: usize,
    /// `[columns, features]` in the element type that the kernel was chosen for, the blocks of [`crate::quantize`], blocks of ggml, or strips.
    pub weights: *const u8,
    /// The scales of the blocks of [`crate::quantize`]; null for other weights.
    pub scales: *const bf16,
    /// How the strips of weights that were quantised by their publisher are laid out.
    pub strips: Option<&'a StripLayout>,
    /// Output features of this block.
    pub columns: usize,
    /// One for each column.
    pub bias: Option<&'a [f32]>,
    /// First column of this block in the first row.
    pub output: *mut f32,
    /// Elements from one row of the output to the next.
    pub output_stride: usize,
}

/// Computes a block.
///
/// # Safety
/// The pointers are valid for the shapes, `input` is aligned to cache lines where it is packed, `weights` is aligned for its type, no one else writes these outputs, and the CPU has
/// the instruction set.
pub type LinearFn = unsafe fn(&LinearBlock);

/// A kernel, and how it wants its input.
#[derive(Clone, Copy)]
pub struct LinearKernel {
    /// `None` takes f32 as it is.
    pub form: Option<&'static InputForm>,
    /// What the number of features has to be a multiple of.
    pub features_step: usize,
    pub run: LinearFn,
}

/// Another form of the input: rows of features that are filled up with zeros, in groups that are laid out together.
pub struct InputForm {
    /// Rows of a group; a last group that is not full is filled up with zeros.
    pub group: usize,
    /// Bytes that a group takes: whole cache lines.
    pub group_bytes: fn(input: InputShape) -> usize,
    /// Packs the rows of one group, `[1..=group, features]`, into [`InputForm::group_bytes`] bytes that begin a cache line.
    ///
    /// # Safety
    /// The CPU has the instruction set.
    pub pack: unsafe fn(rows: &[f32], input: InputShape, output: &mut [u8]),
}

/// What a row of input is packed for.
#[derive(Clone, Copy)]
pub struct InputShape<'a> {
    pub features: usize,
    /// The strips that it meets; `None` for weights that have no [`StripLayout`].
    pub strips: Option<&'a StripLayout>,
}

impl<'a> InputShape<'a> {
    fn strips(self) -> &'a StripLayout {
        self.strips.expect("forms for strips are packed for strips")
    }

    /// Whether rows that are packed for this serve the other, too.
    pub fn serves(self, other: Self) -> bool {
        match (self.strips, other.strips) {
            (Some(strips), Some(others)) => strips.takes_input_of(others),
            (None, None) => self.features == other.features,
            _ => false,
        }
    }
}

/// Bytes of a cache line.
pub const LINE_BYTES: usize = 64;

/// How far behind the next tile's columns weights are asked for, in bytes.
const AHEAD: usize = 4096;

/// Features of one step of the kernels that multiply bf16 numbers.
pub const BF16_STEP: usize = 32;

impl InputForm {
    /// Bytes that so many rows take.
    pub fn bytes(&self, rows: usize, input: InputShape) -> usize {
        rows.div_ceil(self.group).saturating_mul((self.group_bytes)(input))
    }
}

impl LinearKernel {
    pub const fn plain(run: LinearFn) -> Self {
        Self { form: None, features_step: 1, run }
    }
}

/// Kernels for one type of weights, the best first; the last takes any number of features.
#[derive(Clone, Copy)]
pub struct LinearKernels(pub &'static [LinearKernel]);

impl LinearKernels {
    /// The best that takes so many features.
    pub fn of(self, features: usize) -> LinearKernel {
        let fits = |kernel: &&LinearKernel| features.is_multiple_of(kernel.features_step);
        *self.0.iter().find(fits).expect("the last takes any number")
    }
}

#[cfg(target_arch = "x86_64")]
pub use bf16_rows::BF16_ROWS;
#[cfg(target_arch = "x86_64")]
pub use bf16_tiles::BF16_TILES;
#[cfg(target_arch = "x86_64")]
pub use tile_shapes::permit_tiles;
