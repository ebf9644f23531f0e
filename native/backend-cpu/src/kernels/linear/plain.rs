#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use super::{AHEAD, LINE_BYTES, LinearBlock};
use crate::simd::{Element, Simd};

/// Computes the block.
///
/// Each output is summed in `LANES` partial sums over the features in ascending order, added up at the end: the order
/// depends on `features` alone. A tile of 4 rows by 3 columns keeps its 12 partial sums in registers, so that each
/// weight is widened once for four rows; a single row takes 4 columns at a time to hide the latency of the additions.
/// The block of weights should fit the second-level cache: it is read once for every four rows.
///
/// # Safety
/// The pointers are valid for the shapes, `weights` is aligned for `E`, no one else writes these outputs, and the CPU has
/// the instruction set.
#[inline(always)]
pub unsafe fn linear<S: Simd, E: Element>(block: &LinearBlock) {
    let mut row = 0;
    while row < block.rows {
        // SAFETY: the rows from `row` on exist, as many as the tile takes.
        row += unsafe {
            match block.rows - row {
                1 => columns::<S, E, 1, 4>(block, row),
                2 => columns::<S, E, 2, 4>(block, row),
                3 => columns::<S, E, 3, 3>(block, row),
                _ => columns::<S, E, 4, 3>(block, row),
            }
        };
    }
}

/// All columns of `M` rows, `N` at a time. Returns `M`.
#[inline(always)]
unsafe fn columns<S: Simd, E: Element, const M: usize, const N: usize>(
    block: &LinearBlock,
    row: usize,
) -> usize {
    let features = block.features;
    let weights = block.weights.cast::<E>();
    let mut column = 0;
    // SAFETY: rows and columns of each tile lie within the block.
    unsafe {
        let mut rows = [block.input.cast::<f32>().add(row * features); M];
        for m in 1..M {
            rows[m] = rows[m - 1].add(features);
        }
        // The first rows bring the weights from memory to the second-level cache.
        let ahead = (row == 0).then_some(AHEAD);
        while column + N <= block.columns {
            let sums = dot_tile::<S, E, M, N>(rows, weights.add(column * features), features, ahead);
            store(block, row, column, &sums);
            column += N;
        }
        while column < block.columns {
            let sums = dot_tile::<S, E, M, 1>(rows, weights.add(column * features), features, ahead);
            store(block, row, column, &sums);
            column += 1;
        }
    }
    M
}

#[inline(always)]
pub(super) unsafe fn store<const M: usize, const N: usize>(
    block: &LinearBlock,
    row: usize,
    column: usize,
    sums: &[[f32; N]; M],
) {
    for m in 0..M {
        for n in 0..N {
            let sum = sums[m][n];
            let biased = block.bias.map_or(sum, |bias| sum + bias[column + n]);
            // SAFETY: the caller's tile lies within the block.
            unsafe { *block.output.add((row + m) * block.output_stride + column + n) = biased };
        }
    }
}

/// Products of `M` rows with `N` columns that lie one after the other, both `features` long.
///
/// With `ahead` it asks for what lies so many bytes behind the next `N` columns, in the order of addresses: the columns of a tile are
/// several streams, of which memory gives less than of one, and too short for the hardware to see them before they end.
///
/// # Safety
/// As [`linear`].
#[inline(always)]
pub unsafe fn dot_tile<S: Simd, E: Element, const M: usize, const N: usize>(
    rows: [*const f32; M],
    columns: *const E,
    features: usize,
    ahead: Option<usize>,
) -> [[f32; N]; M] {
    let mut result = [[0.0f32; N]; M];
    // SAFETY: every load stays within `features` elements of its row or column.
    unsafe {
        let mut sums = [[S::splat(0.0); N]; M];
        let whole = features - features % S::LANES;
        let mut feature = 0;
        while feature < whole {
            if let Some(ahead) = ahead {
                let ahead = columns.wrapping_add(N * (features + feature)).wrapping_byte_add(ahead);
                for line in (0..N * S::LANES * size_of::<E>()).step_by(LINE_BYTES) {
                    S::prefetch(ahead.wrapping_byte_add(line));
                }
            }
            let mut weights = [S::splat(0.0); N];
            for n in 0..N {
                weights[n] = E::load::<S>(columns.add(n * features + feature));
            }
            for m in 0..M {
                let input = S::load(rows[m].add(feature));
                for n in 0..N {
                    sums[m][n] = S::multiply_add(input, weights[n], sums[m][n]);
                }
            }
            feature += S::LANES;
        }
        let rest = features - whole;
        if rest > 0 {
            for m in 0..M {
                let input = f32::load_first::<S>(rows[m].add(whole), rest);
                for n in 0..N {
                    let weight = E::load_first::<S>(columns.add(n * features + whole), rest);
                    sums[m][n] = S::multiply_add(input, weight, sums[m][n]);
                }
            }
        }
        for m in 0..M {
            for n in 0..N {
                result[m][n] = S::sum(sums[m][n]);
            }
        }
    }
    result
}
