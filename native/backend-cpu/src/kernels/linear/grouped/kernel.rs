#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use conduit_backend::Quantization;
use half::bf16;

use super::input::{InputRow, row_bytes};
use super::simd::StripSimd;
use crate::kernels::linear::LinearBlock;
use crate::quantize::{GROUP, QUAD, QUAD_BYTES, QUADS, STRIP, block_bytes};

/// Bytes of weights that the first rows ask for ahead of those that they multiply.
const AHEAD: usize = 4096;

/// How the weights of a block are stored.
pub trait Stored {
    const FORMAT: Quantization;

    /// All quads of a block.
    ///
    /// # Safety
    /// `block` has the format's bytes; the CPU has the instruction set.
    unsafe fn load<S: StripSimd>(block: *const u8) -> [S::Quads; QUADS];
}

pub struct Int8;
pub struct Int4;

impl Stored for Int8 {
    const FORMAT: Quantization = Quantization::Int8;

    #[inline(always)]
    unsafe fn load<S: StripSimd>(block: *const u8) -> [S::Quads; QUADS] {
        // SAFETY: as the caller's.
        unsafe {
            let mut quads = [S::load(block); QUADS];
            for quad in 1..QUADS {
                quads[quad] = S::load(block.add(quad * QUAD_BYTES));
            }
            quads
        }
    }
}

impl Stored for Int4 {
    const FORMAT: Quantization = Quantization::Int4;

    #[inline(always)]
    unsafe fn load<S: StripSimd>(block: *const u8) -> [S::Quads; QUADS] {
        // SAFETY: as the caller's.
        unsafe {
            let [below, above] = S::load_halves(block);
            let mut quads = [below; QUADS];
            quads[QUADS / 2] = above;
            for quad in 1..QUADS / 2 {
                let [below, above] = S::load_halves(block.add(quad * QUAD_BYTES));
                quads[quad] = below;
                quads[QUADS / 2 + quad] = above;
            }
            quads
        }
    }
}

/// Computes the block, which begins with a strip.
///
/// Each output is the sum over the groups in ascending order of their products, which are whole, times both scales: the order
/// depends on `features` alone. A strip of weights stays in the second-level cache while all rows pass by.
///
/// # Safety
/// The pointers are valid for the shapes, no one else writes these outputs, and the CPU has the instruction set.
#[inline(always)]
pub unsafe fn linear<S: StripSimd, W: Stored>(block: &LinearBlock) {
    for column in (0..block.columns).step_by(STRIP) {
        let mut row = 0;
        while row < block.rows {
            // SAFETY: the rows from `row` on exist, as many as the tile takes.
            row += unsafe {
                match (block.rows - row).min(S::ROWS) {
                    1 => rows::<S, W, 1>(block, column, row),
                    2 => rows::<S, W, 2>(block, column, row),
                    3 => rows::<S, W, 3>(block, column, row),
                    4 => rows::<S, W, 4>(block, column, row),
                    5 => rows::<S, W, 5>(block, column, row),
                    6 => rows::<S, W, 6>(block, column, row),
                    7 => rows::<S, W, 7>(block, column, row),
                    _ => rows::<S, W, 8>(block, column, row),
                }
            };
        }
    }
}

/// `M` rows times a strip. Returns `M`.
#[inline(always)]
unsafe fn rows<S: StripSimd, W: Stored, const M: usize>(
    block: &LinearBlock,
    column: usize,
    row: usize,
) -> usize {
    let groups = block.features.div_ceil(GROUP);
    let strip = column / STRIP;
    // SAFETY: the strip lies within the weights, the rows within the input and the output.
    unsafe {
        let weights = block.weights.add(strip * groups * block_bytes(W::FORMAT));
        let scales = block.scales.add(strip * groups * STRIP);
        let totals = tile::<S, W, M>(block, row, groups, weights, scales);
        store::<S, M>(block, column, row, &totals);
    }
    M
}

/// Writes the totals of `M` rows with a strip, with the bias added, as far as there are columns.
///
/// # Safety
/// Rows and strip lie within the block; the CPU has the instruction set.
#[inline(always)]
pub(super) unsafe fn store<S: StripSimd, const M: usize>(
    block: &LinearBlock,
    column: usize,
    row: usize,
    totals: &[S::Floats; M],
) {
    let width = (block.columns - column).min(STRIP);
    for m in 0..M {
        // SAFETY: as the caller's.
        unsafe {
            let mut total = S::to_array(totals[m]);
            if let Some(bias) = block.bias {
                for (total, bias) in total.iter_mut().zip(&bias[column..column + width]) {
                    *total += bias;
                }
            }
            let output = block.output.add((row + m) * block.output_stride + column);
            output.copy_from_nonoverlapping(total.as_ptr(), width);
        }
    }
}

#[inline(always)]
unsafe fn tile<S: StripSimd, W: Stored, const M: usize>(
    block: &LinearBlock,
    row: usize,
    groups: usize,
    weights: *const u8,
    scales: *const bf16,
) -> [S::Floats; M] {
    let block_bytes = block_bytes(W::FORMAT);
    // SAFETY: rows of input, blocks and scales are there for every group.
    unsafe {
        let stride = row_bytes(block.features);
        let first = block.input.add(row * stride);
        let mut inputs = [InputRow::new(first, groups); M];
        for m in 1..M {
            inputs[m] = InputRow::new(first.add(m * stride), groups);
        }
        let mut totals = [S::zero(); M];
        for group in 0..groups {
            let from = weights.add(group * block_bytes);
            if row == 0 {
                // The hardware does not follow a stream from one page to the next.
                for line in (0..block_bytes).step_by(64) {
                    S::prefetch(from.wrapping_add(AHEAD + line));
                }
            }
            let quads = W::load::<S>(from);
            let group_scales = S::load_scales(scales.add(group * STRIP));
            for m in 0..M {
                let mut sums = S::begin(inputs[m].corrections.add(group));
                for quad in 0..QUADS {
                    let input = inputs[m].numbers.add(group * GROUP + quad * QUAD);
                    sums = S::add_products(sums, quads[quad], input);
                }
                let input_scale = *inputs[m].scales.add(group);
                totals[m] = S::add_scaled(totals[m], sums, group_scales, input_scale);
            }
        }
        totals
    }
}
