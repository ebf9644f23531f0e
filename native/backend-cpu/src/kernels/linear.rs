#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use crate::simd::{Element, Simd};

/// A block of output features of a linear layer, for all rows of a step: `output = input * weights^T + bias`.
pub struct LinearBlock<'a> {
    /// `[rows, features]`
    pub input: *const f32,
    pub rows: usize,
    /// Input features: the length of the sums.
    pub features: usize,
    /// `[columns, features]` in the element type that the kernel was chosen for.
    pub weights: *const u8,
    /// Output features of this block.
    pub columns: usize,
    /// One for each column.
    pub bias: Option<&'a [f32]>,
    /// First column of this block in the first row.
    pub output: *mut f32,
    /// Elements from one row of the output to the next.
    pub output_stride: usize,
}

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
        let input = block.input.add(row * features);
        while column + N <= block.columns {
            let sums = dot_tile::<S, E, M, N>(input, weights.add(column * features), features);
            store(block, row, column, &sums);
            column += N;
        }
        while column < block.columns {
            let sums = dot_tile::<S, E, M, 1>(input, weights.add(column * features), features);
            store(block, row, column, &sums);
            column += 1;
        }
    }
    M
}

#[inline(always)]
unsafe fn store<const M: usize, const N: usize>(
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

/// Products of `M` rows with `N` columns, both `features` long and packed one after the other.
///
/// # Safety
/// As [`linear`].
#[inline(always)]
pub unsafe fn dot_tile<S: Simd, E: Element, const M: usize, const N: usize>(
    rows: *const f32,
    columns: *const E,
    features: usize,
) -> [[f32; N]; M] {
    let mut result = [[0.0f32; N]; M];
    // SAFETY: every load stays within `features` elements of its row or column.
    unsafe {
        let mut sums = [[S::splat(0.0); N]; M];
        let whole = features - features % S::LANES;
        let mut feature = 0;
        while feature < whole {
            let mut weights = [S::splat(0.0); N];
            for n in 0..N {
                weights[n] = E::load::<S>(columns.add(n * features + feature));
                if M == 1 {
                    // The rows of a matrix are too short for the hardware to see a stream before they end.
                    S::prefetch(columns.wrapping_add((n + N) * features + feature));
                }
            }
            for m in 0..M {
                let input = S::load(rows.add(m * features + feature));
                for n in 0..N {
                    sums[m][n] = S::multiply_add(input, weights[n], sums[m][n]);
                }
            }
            feature += S::LANES;
        }
        let rest = features - whole;
        if rest > 0 {
            for m in 0..M {
                let input = f32::load_first::<S>(rows.add(m * features + whole), rest);
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

#[cfg(test)]
mod tests {
    use conduit_backend::DType;
    use half::{bf16, f16};

    use super::*;
    use crate::kernels::Kernels;
    use crate::kernels::test_support::{all_kernels, assert_close, random, random_of};

    /// The same sums, one product after the other.
    fn reference<E: Element>(
        input: &[f32],
        weights: &[E],
        bias: Option<&[f32]>,
        features: usize,
    ) -> Vec<f32> {
        let dot = |row: &[f32], column: usize| {
            let column_weights = &weights[column * features..][..features];
            let products = row.iter().zip(column_weights).map(|(x, w)| f64::from(*x) * f64::from(w.to_f32()));
            (products.sum::<f64>() + bias.map_or(0.0, |bias| f64::from(bias[column]))) as f32
        };
        let columns = weights.len() / features;
        input
            .chunks_exact(features)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| dot(row, column))
            .collect()
    }

    fn run<E: Element>(
        kernels: &Kernels,
        dtype: DType,
        input: &[f32],
        weights: &[E],
        bias: Option<&[f32]>,
        features: usize,
    ) -> Vec<f32> {
        let (rows, columns) = (input.len() / features, weights.len() / features);
        // NaN shows outputs that are not written, and the column beyond the last one that are written although they are
        // not ours.
        let mut output = vec![f32::NAN; rows * (columns + 1)];
        let block = LinearBlock {
            input: input.as_ptr(),
            rows,
            features,
            weights: weights.as_ptr().cast(),
            columns,
            bias,
            output: output.as_mut_ptr(),
            output_stride: columns + 1,
        };
        // SAFETY: the buffers have the shapes that the block says; the table is one of `all_kernels`.
        unsafe { kernels.linear.of(dtype)(&block) };
        let rows = output.chunks_exact(columns + 1);
        assert!(rows.clone().all(|row| row[columns].is_nan()));
        rows.flat_map(|row| row[..columns].to_vec()).collect()
    }

    fn check<E: Element>(dtype: DType) {
        for (name, kernels) in all_kernels() {
            for features in [1, 7, 8, 63, 64, 65, 896, 1000, 1024, 2560, 4093, 4096] {
                for columns in [1, 2, 5, 12, 13] {
                    let weights = random_of::<E>(features as u64, columns * features);
                    let bias = random(9, columns);
                    let input = random(columns as u64, 33 * features);
                    let bias = (columns % 2 == 1).then_some(&*bias);
                    let whole = run(kernels, dtype, &input, &weights, bias, features);
                    let expected = reference(&input, &weights, bias, features);
                    let what = format!("{name} {dtype:?} features {features} columns {columns}");
                    assert_close(&whole, &expected, 1e-6 * features as f32, &what);
                    for rows in [1, 2, 3, 4, 5, 7, 8, 9] {
                        let some = run(kernels, dtype, &input[..rows * features], &weights, bias, features);
                        assert!(some == whole[..rows * columns], "{what}: {rows} rows give other bits");
                    }
                    let alone = run(kernels, dtype, &input[32 * features..], &weights, bias, features);
                    assert!(alone == whole[32 * columns..], "{what}: a row gives other bits alone");
                }
            }
        }
    }

    #[test]
    fn f32_weights_agree_with_the_reference_whatever_the_number_of_rows() {
        check::<f32>(DType::F32);
    }

    #[test]
    fn f16_weights_agree_with_the_reference_whatever_the_number_of_rows() {
        check::<f16>(DType::F16);
    }

    #[test]
    fn bf16_weights_agree_with_the_reference_whatever_the_number_of_rows() {
        check::<bf16>(DType::BF16);
    }
}
