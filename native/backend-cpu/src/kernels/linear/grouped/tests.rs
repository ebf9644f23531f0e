use std::sync::Arc;

use conduit_backend::{DType, Quantization, RawTensor};

use crate::kernels::test_support::{all_kernels, assert_close, pack, random};
use crate::kernels::{InputShape, Kernels, LinearBlock};
use crate::quantize::GROUP;
use crate::weights::{Account, Grouped};

/// The input as layers take it: each group rounded by the scale that makes its farthest number 127.
fn rounded(row: &[f32]) -> Vec<f64> {
    let round = |group: &[f32]| {
        let farthest = group.iter().fold(0.0f32, |farthest, value| farthest.max(value.abs()));
        let scale = f64::from(farthest / 127.0);
        group.iter().map(|value| f64::from((value * (127.0 / farthest)).round_ties_even()) * scale).collect()
    };
    row.chunks(GROUP).flat_map(|group| -> Vec<f64> { round(group) }).collect()
}

/// The same sums, one product after the other, of the weights as they are restored.
fn reference(input: &[f32], weights: &Grouped, bias: Option<&[f32]>, features: usize) -> Vec<f32> {
    let rows: Vec<Vec<f64>> = input.chunks_exact(features).map(rounded).collect();
    let mut output = vec![0.0; rows.len() * weights.rows];
    let mut column_weights = vec![0.0; features];
    for column in 0..weights.rows {
        weights.read_row(column, &mut column_weights);
        for (row, values) in rows.iter().enumerate() {
            let sum: f64 = values.iter().zip(&column_weights).map(|(x, w)| x * f64::from(*w)).sum();
            let biased = sum + bias.map_or(0.0, |bias| f64::from(bias[column]));
            output[row * weights.rows + column] = biased as f32;
        }
    }
    output
}

fn quantize(format: Quantization, numbers: &[f32], features: usize) -> Grouped {
    let shape = vec![numbers.len() / features, features];
    let data = bytemuck::cast_slice(numbers).to_vec().into();
    let tensor = RawTensor { name: "w".into(), dtype: DType::F32, shape, data };
    let account = Account { copied_bytes: &Arc::default(), memory: None };
    Grouped::new(&tensor, format, all_kernels()[0].1, 1, account).unwrap()
}

fn run(
    kernels: &Kernels,
    input: &[f32],
    weights: &Grouped,
    bias: Option<&[f32]>,
    features: usize,
) -> Vec<f32> {
    let (rows, columns) = (input.len() / features, weights.rows);
    // NaN shows outputs that are not written, and the column beyond the last one that are written although they are
    // not ours.
    let mut output = vec![f32::NAN; rows * (columns + 1)];
    let kernel = kernels.grouped.of(weights.format).linear;
    let mut packed = pack(kernel, input, InputShape { features, strips: None }).expect("a form");
    let (values, scales) = weights.strip(0);
    let block = LinearBlock {
        input: packed.as_mut_ptr(),
        rows,
        features,
        weights: values,
        scales,
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

fn check(format: Quantization) {
    for features in [1, 31, 32, 33, 64, 896, 1000, 1024, 2560, 4093] {
        for columns in [1, 15, 16, 17, 53] {
            let weights = quantize(format, &random(features as u64, columns * features), features);
            let bias = random(9, columns);
            let bias = (columns % 2 == 1).then_some(&*bias);
            let input = random(columns as u64, 18 * features);
            let expected = reference(&input, &weights, bias, features);
            let first = run(all_kernels()[0].1, &input, &weights, bias, features);
            for (name, kernels) in all_kernels() {
                let what = format!("{name} {format} features {features} columns {columns}");
                let whole = run(kernels, &input, &weights, bias, features);
                assert_close(&whole, &expected, 2e-5, &what);
                assert!(whole == first, "{what}: another set gives other bits");
                for rows in [1, 2, 3, 4, 5, 7, 8, 9, 17] {
                    let some = run(kernels, &input[..rows * features], &weights, bias, features);
                    assert!(some == whole[..rows * columns], "{what}: {rows} rows give other bits");
                }
                let alone = run(kernels, &input[17 * features..], &weights, bias, features);
                assert!(alone == whole[17 * columns..], "{what}: a row gives other bits alone");
            }
        }
    }
}

#[test]
fn int8_weights_agree_with_the_reference_on_every_set_to_the_bit() {
    check(Quantization::Int8);
}

#[test]
fn int4_weights_agree_with_the_reference_on_every_set_to_the_bit() {
    check(Quantization::Int4);
}

/// Products and sums at the ends of their ranges.
#[test]
fn the_largest_numbers_do_not_overflow() {
    let features = 4096;
    for format in Quantization::ALL {
        for signs in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
            let weights = quantize(format, &vec![signs[0]; 16 * features], features);
            let input = vec![signs[1]; 9 * features];
            let expected = reference(&input, &weights, None, features);
            for (name, kernels) in all_kernels() {
                assert_close(&run(kernels, &input, &weights, None, features), &expected, 1e-5, name);
            }
        }
    }
}

#[test]
fn a_number_that_is_not_finite_is_passed_on_to_its_row_alone() {
    let features = 100;
    let weights = quantize(Quantization::Int8, &random(1, 16 * features), features);
    let mut input = random(2, 3 * features);
    input[features + 40] = f32::NAN;
    for (name, kernels) in all_kernels() {
        let output = run(kernels, &input, &weights, None, features);
        assert!(output[16..32].iter().all(|value| value.is_nan()), "{name}");
        assert!(output[..16].iter().chain(&output[32..]).all(|value| value.is_finite()), "{name}");
    }
}
