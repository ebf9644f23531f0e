use std::ptr;
use std::sync::Arc;

use conduit_backend::{
    Axis, DType, NibbleLayout, Nibbles, Numbers, Prequantized as Raw, RawTensor, ZeroPoints,
};
use half::{bf16, f16};

use super::*;
use crate::kernels::test_support::{all_kernels, assert_close, pack as pack_input, random};
use crate::kernels::{InputShape, Kernels, LinearBlock};
use crate::weights::{Account, Prequantized};

const AWQ: NibbleLayout =
    NibbleLayout { word: Axis::Output, rows: Axis::Input, neighbours: [0, 2, 4, 6, 1, 3, 5, 7] };
const GPTQ: NibbleLayout =
    NibbleLayout { word: Axis::Input, rows: Axis::Input, neighbours: NibbleLayout::IN_ORDER };

fn bytes(seed: u64, count: usize) -> Vec<u8> {
    random(seed, count).into_iter().map(|value| (value * 128.0 + 128.0) as u8).collect()
}

fn scales(dtype: DType, shape: [usize; 2]) -> RawTensor {
    let values = random(3, shape[0] * shape[1]).into_iter();
    let data: Vec<u8> = match dtype {
        DType::F32 => values.flat_map(f32::to_le_bytes).collect(),
        DType::F16 => values.flat_map(|value| f16::from_f32(value).to_le_bytes()).collect(),
        DType::BF16 => values.flat_map(|value| bf16::from_f32(value).to_le_bytes()).collect(),
    };
    RawTensor { name: "scales".into(), dtype, shape: shape.to_vec(), data: data.into() }
}

fn fp8(shape: [usize; 2], block: [usize; 2], dtype: DType) -> Raw {
    let numbers = bytes(1, shape[0] * shape[1]).into_iter();
    // The two that are no numbers become the largest ones.
    let numbers = numbers.map(|byte| byte - u8::from(byte & 0x7F == 0x7F)).collect::<Vec<u8>>();
    Raw {
        name: "w".into(),
        shape,
        numbers: Numbers::F8E4M3(numbers.into()),
        block,
        scales: scales(dtype, [shape[0].div_ceil(block[0]), shape[1].div_ceil(block[1])]),
        scale_rows: Axis::Output,
        zero_points: ZeroPoints::All(0),
        order: None,
    }
}

fn int4(shape: [usize; 2], group: usize, layout: NibbleLayout, dtype: DType, is_ordered: bool) -> Raw {
    let [rows, columns] = shape;
    let groups = columns.div_ceil(group);
    let words = match layout.word {
        Axis::Input => columns.div_ceil(8) * rows,
        Axis::Output => rows.div_ceil(8) * columns,
    };
    let stored = Nibbles {
        data: bytes(2, 4 * rows.div_ceil(8) * groups).into(),
        layout: NibbleLayout { word: Axis::Output, ..layout },
    };
    // Every third feature, then those after them, and so on.
    let order = (0..3).flat_map(|start| (start..columns as u32).step_by(3)).collect::<Arc<[u32]>>();
    Raw {
        name: "w".into(),
        shape,
        numbers: Numbers::U4(Nibbles { data: bytes(1, 4 * words).into(), layout }),
        block: [1, group],
        scales: scales(dtype, [groups, rows]),
        scale_rows: Axis::Input,
        zero_points: ZeroPoints::Blocks(stored),
        order: is_ordered.then_some(order),
    }
}

/// An e4m3 number as its definition has it.
fn value_of(number: u8) -> f64 {
    let (exponent, mantissa) = (i32::from(number >> 3 & 0x0F), f64::from(number & 0x07));
    let magnitude = match exponent {
        0 => mantissa / 8.0 * 2f64.powi(-6),
        exponent => (1.0 + mantissa / 8.0) * 2f64.powi(exponent - 7),
    };
    if number & 0x80 == 0 { magnitude } else { -magnitude }
}

/// All weights, one by one.
fn restored(raw: &Raw) -> Vec<f64> {
    let [rows, columns] = raw.shape;
    let scales = raw.scales.to_f32();
    let mut weights = vec![0.0; rows * columns];
    for row in 0..rows {
        for place in 0..columns {
            let feature = raw.order.as_ref().map_or(place, |order| order[place] as usize);
            let block = [row / raw.block[0], place / raw.block[1]];
            let number = match &raw.numbers {
                Numbers::F8E4M3(bytes) => value_of(bytes[row * columns + feature]),
                Numbers::U4(nibbles) => {
                    f64::from(nibbles.get(raw.shape, [row, feature])) - f64::from(raw.zero_point(block))
                }
            };
            weights[row * columns + feature] = number * f64::from(scales[raw.scale_index(block)]);
        }
    }
    weights
}

fn reference(input: &[f32], weights: &[f64], bias: Option<&[f32]>, features: usize) -> Vec<f32> {
    let dot = |row: &[f32], column: usize| {
        let column_weights = &weights[column * features..][..features];
        let sum: f64 = row.iter().zip(column_weights).map(|(x, w)| f64::from(*x) * w).sum();
        (sum + bias.map_or(0.0, |bias| f64::from(bias[column]))) as f32
    };
    let columns = weights.len() / features;
    input.chunks_exact(features).flat_map(|row| (0..columns).map(move |column| dot(row, column))).collect()
}

fn pack(raw: &Raw, threads: usize) -> Prequantized {
    Prequantized::new(raw, threads, Account { copied_bytes: &Arc::default(), memory: None }).unwrap()
}

fn run(
    kernels: &Kernels,
    input: &[f32],
    weights: &Prequantized,
    bias: Option<&[f32]>,
    features: usize,
) -> Vec<f32> {
    let (rows, columns) = (input.len() / features, weights.rows);
    // NaN shows outputs that are not written, and the column beyond the last one that are written although they are not ours.
    let mut output = vec![f32::NAN; rows * (columns + 1)];
    let kernel = kernels.prequantized.of(weights.layout.format).of(weights.scale_dtype);
    let mut packed =
        pack_input(kernel, input, InputShape { features, strips: Some(&weights.layout) }).expect("a form");
    let block = LinearBlock {
        input: packed.as_mut_ptr(),
        rows,
        features,
        weights: weights.strip(0),
        scales: ptr::null(),
        strips: Some(&weights.layout),
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

fn check(raw: &Raw, what: &str) {
    let [columns, features] = raw.shape;
    let expected_weights = restored(raw);
    let weights = pack(raw, 1);
    let mut row = vec![f32::NAN; features];
    for (column, expected) in expected_weights.chunks_exact(features).enumerate() {
        weights.read_row(column, &mut row);
        assert!(row.iter().zip(expected).all(|(a, e)| *a == *e as f32), "{what}: row {column}");
    }
    let bias = random(9, columns);
    let bias = (columns % 2 == 1).then_some(&*bias);
    let input = random(5, 9 * features);
    let expected = reference(&input, &expected_weights, bias, features);
    let size = expected.iter().fold(1.0f32, |size, value| size.max(value.abs()));
    let tolerance = match raw.numbers {
        Numbers::F8E4M3(_) => 2e-6,
        // Input up to 1 is rounded to steps of 1/32639.
        Numbers::U4(_) => {
            let sums = expected_weights
                .chunks_exact(features)
                .map(|row| row.iter().map(|weight| weight.abs()).sum::<f64>());
            2e-6 + sums.fold(0.0, f64::max) as f32 * 0.5 / 32_639.0 / size
        }
    };
    let first = run(all_kernels()[0].1, &input, &weights, bias, features);
    for (name, kernels) in all_kernels() {
        let what = format!("{name} {what} features {features} columns {columns}");
        let whole = run(kernels, &input, &weights, bias, features);
        assert_close(&whole, &expected, tolerance * size, &what);
        assert!(whole == first, "{what}: another set gives other bits");
        for rows in [1, 2, 3, 4, 5] {
            let some = run(kernels, &input[..rows * features], &weights, bias, features);
            assert!(some == whole[..rows * columns], "{what}: {rows} rows give other bits");
        }
        let alone = run(kernels, &input[8 * features..], &weights, bias, features);
        assert!(alone == whole[8 * columns..], "{what}: a row gives other bits alone");
    }
}

#[test]
fn every_fp8_number_is_widened_as_it_is_defined() {
    for number in (0..=u8::MAX).filter(|number| number & 0x7F != 0x7F) {
        assert_eq!(f64::from(widen_f8(number) * F8_FACTOR), value_of(number), "{number:#04x}");
    }
}

#[test]
fn fp8_weights_agree_with_the_reference_on_every_set_to_the_bit() {
    for shape in [[1, 1], [15, 127], [16, 128], [17, 129], [128, 256], [131, 300], [256, 1000]] {
        let [rows, columns] = shape;
        for (block, dtype) in [
            ([128, 128], DType::F32),
            ([128, 128], DType::BF16),
            ([1, columns], DType::BF16),
            ([1, columns], DType::F32),
            ([rows, columns], DType::F32),
            ([1, 32], DType::F16),
            ([24, 40], DType::F32),
        ] {
            check(&fp8(shape, block, dtype), &format!("fp8 in blocks of {block:?}, scales in {dtype:?}"));
        }
    }
}

#[test]
fn int4_weights_agree_with_the_reference_on_every_set_to_the_bit() {
    for (layout, name) in [(GPTQ, "gptq"), (AWQ, "awq")] {
        for shape in [[8, 8], [16, 32], [24, 64], [40, 320], [136, 1024]] {
            for group in [2, 32, 36, 128, shape[1]] {
                for dtype in [DType::F16, DType::BF16, DType::F32] {
                    for is_ordered in [false, true] {
                        let raw = int4(shape, group, layout, dtype, is_ordered);
                        check(&raw, &format!("{name} in groups of {group}, {dtype:?}, ordered {is_ordered}"));
                    }
                }
            }
        }
    }
}

#[test]
fn a_zero_point_may_be_the_same_everywhere() {
    check(
        &Raw { zero_points: ZeroPoints::All(8), ..int4([24, 64], 32, GPTQ, DType::F16, false) },
        "symmetric",
    );
}

#[test]
fn threads_do_not_change_a_bit_and_numbers_take_their_own() {
    let group = 128;
    let cases = [
        // A byte a number, and for each strip and 128 features a scale.
        (fp8([1024, 1024], [128, 128], DType::F32), 1024 * 1024 + 64 * 64),
        (fp8([1024, 1024], [1, 1024], DType::BF16), 1024 * 1024 + 64 * 64),
        // Half of one, and for each group a scale and a zero point.
        (int4([1024, 1024], group, GPTQ, DType::F16, true), 1024 * 1024 / 2 + 1024 * 8 * 2 + 1024 * 8 / 2),
        (
            Raw { zero_points: ZeroPoints::All(8), ..int4([1024, 1024], group, GPTQ, DType::F16, false) },
            1024 * 1024 / 2 + 1024 * 8 * 2,
        ),
    ];
    for (raw, bytes) in cases {
        let (alone, shared) = (pack(&raw, 1), pack(&raw, 3));
        assert_eq!(alone.bytes(), bytes);
        let mut rows = [vec![0.0; 1024], vec![1.0; 1024]];
        for row in 0..1024 {
            alone.read_row(row, &mut rows[0]);
            shared.read_row(row, &mut rows[1]);
            assert_eq!(rows[0], rows[1]);
        }
    }
}

#[test]
fn what_is_not_a_number_is_not_packed() {
    let mut raw = fp8([16, 16], [16, 16], DType::F32);
    raw.scales.data = f32::NAN.to_le_bytes().to_vec().into();
    let account = Account { copied_bytes: &Arc::default(), memory: None };
    let error = Prequantized::new(&raw, 1, account).err().expect("a refusal");
    assert_eq!(error.code(), "invalid_input");
}
