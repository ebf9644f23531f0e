#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use super::numbers::WidenBytes;
use super::{Block, MOST_WEIGHTS, Unpacked};
use crate::kernels::linear::LinearBlock;

/// Numbers of a vector.
const LANES: usize = 8;
/// Sums that a row of input and a row of weights have under way: one would wait for itself.
const CHAINS: usize = 2;
/// Rows of input that meet a block while its weights are in registers.
const FEW_ROWS: usize = 4;
/// Rows of input that meet a block once it is unpacked.
const TILE_ROWS: usize = 16;

/// The sums of a row of input with a row of weights.
type Sums<S> = [<S as crate::simd::Simd>::Vector; CHAINS];

/// Computes the block.
///
/// Each output is the sum over its row's weights in the order in which they lie, in [`CHAINS`] times [`LANES`] partial sums. Each
/// operation is rounded by itself, so that the order and every bit depend on the weight alone, on all instruction sets.
///
/// # Safety
/// `weights` are rows of `features / B::WEIGHTS` blocks; the other pointers are valid for the shapes, no one else writes these
/// outputs, and the CPU has the instruction set.
#[inline(always)]
pub unsafe fn linear<S: WidenBytes, B: Block>(block: &LinearBlock) {
    const { assert!(S::LANES == LANES && B::GROUP.is_multiple_of(CHAINS * LANES)) };
    let row_blocks = block.features / B::WEIGHTS;
    for column in 0..block.columns {
        let mut row = 0;
        while row < block.rows {
            // SAFETY: as the caller's; the rows from `row` on exist, as many as the tile takes.
            row += unsafe {
                let weights = block.weights.cast::<B>().add(column * row_blocks);
                let weights = std::slice::from_raw_parts(weights, row_blocks);
                match block.rows - row {
                    1 => few_rows::<S, B, 1>(block, weights, column, row),
                    2 => few_rows::<S, B, 2>(block, weights, column, row),
                    3 => few_rows::<S, B, 3>(block, weights, column, row),
                    FEW_ROWS => few_rows::<S, B, FEW_ROWS>(block, weights, column, row),
                    rows => tile::<S, B>(block, weights, column, row, rows.min(TILE_ROWS)),
                }
            };
        }
    }
}

/// `M` rows of input times a row of weights. Returns `M`.
#[inline(always)]
unsafe fn few_rows<S: WidenBytes, B: Block, const M: usize>(
    block: &LinearBlock,
    weights: &[B],
    column: usize,
    row: usize,
) -> usize {
    // SAFETY: rows lie within the input and the output, and features within the blocks.
    unsafe {
        let mut sums: [Sums<S>; M] = [[S::splat(0.0); CHAINS]; M];
        let mut unpacked = Unpacked::zeros();
        let input = block.input.cast::<f32>().add(row * block.features);
        for (index, weights) in weights.iter().enumerate() {
            weights.unpack(&mut unpacked);
            for step in (0..B::WEIGHTS).step_by(CHAINS * LANES) {
                for chain in 0..CHAINS {
                    let start = step + chain * LANES;
                    let weights = widen::<S, B>(&unpacked, start);
                    for m in 0..M {
                        let from = input.add(m * block.features + index * B::WEIGHTS + start);
                        let product = S::multiply(weights, S::load(from));
                        sums[m][chain] = S::add(sums[m][chain], product);
                    }
                }
            }
        }
        for m in 0..M {
            store::<S>(block, column, row + m, &sums[m]);
        }
    }
    M
}

/// Many rows of input times a row of weights, of which each block is widened once. Returns how many.
#[inline(always)]
unsafe fn tile<S: WidenBytes, B: Block>(
    block: &LinearBlock,
    weights: &[B],
    column: usize,
    row: usize,
    rows: usize,
) -> usize {
    // SAFETY: rows lie within the input and the output, and features within the blocks.
    unsafe {
        let mut sums: [Sums<S>; TILE_ROWS] = [[S::splat(0.0); CHAINS]; TILE_ROWS];
        let mut unpacked = Unpacked::zeros();
        let mut widened = [0.0f32; MOST_WEIGHTS];
        let input = block.input.cast::<f32>().add(row * block.features);
        for (index, weights) in weights.iter().enumerate() {
            weights.unpack(&mut unpacked);
            for start in (0..B::WEIGHTS).step_by(LANES) {
                S::store(widened.as_mut_ptr().add(start), widen::<S, B>(&unpacked, start));
            }
            let input = input.add(index * B::WEIGHTS);
            let mut done = 0;
            while done < rows {
                let (input, sums) = (input.add(done * block.features), &mut sums[done..]);
                done += match rows - done {
                    1 => add_products::<S, B, 1>(&widened, input, block.features, sums),
                    2 => add_products::<S, B, 2>(&widened, input, block.features, sums),
                    3 => add_products::<S, B, 3>(&widened, input, block.features, sums),
                    _ => add_products::<S, B, FEW_ROWS>(&widened, input, block.features, sums),
                };
            }
        }
        for m in 0..rows {
            store::<S>(block, column, row + m, &sums[m]);
        }
    }
    rows
}

/// Adds the products of a block's weights with `M` rows of input to their sums. Returns `M`.
#[inline(always)]
unsafe fn add_products<S: WidenBytes, B: Block, const M: usize>(
    weights: &[f32; MOST_WEIGHTS],
    input: *const f32,
    stride: usize,
    sums: &mut [Sums<S>],
) -> usize {
    // SAFETY: as the caller's.
    unsafe {
        let mut own: [Sums<S>; M] = [[S::splat(0.0); CHAINS]; M];
        own.copy_from_slice(&sums[..M]);
        for step in (0..B::WEIGHTS).step_by(CHAINS * LANES) {
            for chain in 0..CHAINS {
                let start = step + chain * LANES;
                let weights = S::load(weights.as_ptr().add(start));
                for m in 0..M {
                    let product = S::multiply(weights, S::load(input.add(m * stride + start)));
                    own[m][chain] = S::add(own[m][chain], product);
                }
            }
        }
        sums[..M].copy_from_slice(&own);
    }
    M
}

/// The eight weights of a block from `start` on.
#[inline(always)]
unsafe fn widen<S: WidenBytes, B: Block>(unpacked: &Unpacked, start: usize) -> S::Vector {
    // SAFETY: they lie within the block; the CPU has the instruction set.
    unsafe {
        let numbers = S::bytes(unpacked.numbers.as_ptr().add(start));
        let group = start / B::GROUP;
        let product = S::multiply(numbers, S::splat(unpacked.scales[group]));
        match B::HAS_MINIMUMS {
            true => S::subtract(product, S::splat(unpacked.minimums[group])),
            false => product,
        }
    }
}

/// Writes an output.
#[inline(always)]
unsafe fn store<S: WidenBytes>(block: &LinearBlock, column: usize, row: usize, sums: &Sums<S>) {
    // SAFETY: the output exists; the CPU has the instruction set.
    unsafe {
        let bias = block.bias.map_or(0.0, |bias| bias[column]);
        *block.output.add(row * block.output_stride + column) = S::sum(S::add(sums[0], sums[1])) + bias;
    }
}
