use std::ptr;

use conduit_backend::DType;
use half::{bf16, f16};

use super::*;
use crate::kernels::Kernels;
use crate::kernels::test_support::{all_kernels, assert_close, pack, random, random_of};
use crate::simd::Element;

/// The same sums, one product after the other.
fn reference<E: Element>(input: &[f32], weights: &[E], bias: Option<&[f32]>, features: usize) -> Vec<f32> {
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
    let kernel = kernels.linear.of(dtype).of(features);
    let mut packed = pack(kernel, input, InputShape { features, strips: None });
    let block = LinearBlock {
        input: packed.as_mut().map_or(input.as_ptr().cast(), |packed| packed.as_mut_ptr()),
        rows,
        features,
        weights: weights.as_ptr().cast(),
        scales: ptr::null(),
        strips: None,
        columns,
        bias,
        output: output.as_mut_ptr(),
        output_stride: columns + 1,
    };
    // SAFETY: the buffers have the shapes that the block says; the table is one of `all_kernels`.
    unsafe { (kernel.run)(&block) };
    let rows = output.chunks_exact(columns + 1);
    assert!(rows.clone().all(|row| row[columns].is_nan()));
    rows.flat_map(|row| row[..columns].to_vec()).collect()
}

fn check<E: Element>(dtype: DType) {
    for (name, kernels) in all_kernels() {
        // What the products are of: kernels that round their input are as exact as others with what is left of it.
        let rounds = kernels.linear.of(dtype).of(1).form.is_some();
        for features in [1, 7, 8, 32, 63, 64, 65, 896, 1000, 1024, 2560, 4093, 4096] {
            for columns in [1, 2, 5, 12, 13, 16, 53] {
                let weights = random_of::<E>(features as u64, columns * features);
                let bias = random(9, columns);
                let mut input = random(columns as u64, 33 * features);
                if rounds {
                    input.iter_mut().for_each(|value| *value = bf16::from_f32(*value).to_f32());
                }
                let bias = (columns % 2 == 1).then_some(&*bias);
                let whole = run(kernels, dtype, &input, &weights, bias, features);
                let expected = reference(&input, &weights, bias, features);
                let what = format!("{name} {dtype:?} features {features} columns {columns}");
                assert_close(&whole, &expected, 1e-6 * features as f32, &what);
                for rows in [1, 2, 3, 4, 5, 7, 8, 9, 16, 17] {
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
