use std::ptr;

use conduit_backend::BlockFormat;
use half::f16;

use super::*;
use crate::kernels::test_support::{all_kernels, assert_close, random};
use crate::kernels::{Kernels, LinearBlock};

/// Rows of blocks with any numbers and scales that are finite.
fn rows_of(format: BlockFormat, rows: usize, features: usize) -> Vec<u8> {
    let count = rows * features / format.weights();
    let bytes = random(1, count * format.bytes());
    let mut bytes: Vec<u8> = bytes.into_iter().map(|value| (value * 128.0 + 128.0) as u8).collect();
    let scales = random(2, 2 * count);
    for (index, block) in bytes.chunks_exact_mut(format.bytes()).enumerate() {
        let halves: &[usize] = match format {
            BlockFormat::Q6K => &[208],
            BlockFormat::Q4_0 | BlockFormat::Q5_0 | BlockFormat::Q8_0 => &[0],
            _ => &[0, 2],
        };
        for (half, at) in halves.iter().enumerate() {
            let scale = f16::from_f32(scales[2 * index + half] / 64.0);
            block[*at..at + 2].copy_from_slice(&scale.to_le_bytes());
        }
    }
    bytes
}

/// A weight of a block as the format is defined: its number, its scale, and what is added.
fn defined(format: BlockFormat, block: &[u8], index: usize) -> (f64, f64, f64) {
    let half = |at: usize| f64::from(f16::from_le_bytes([block[at], block[at + 1]]).to_f32());
    let nibble = |bytes: &[u8], index: usize, half: usize| {
        f64::from(bytes[index % half + index / (2 * half) * half] >> (4 * (index / half % 2)) & 15)
    };
    let bit = |bytes: &[u8], index: usize| f64::from(bytes[index / 8] >> (index % 8) & 1);
    let six_bits = |group: usize| {
        let scales = &block[4..16];
        let (scale, minimum) = match group {
            0..4 => (scales[group] & 63, scales[group + 4] & 63),
            _ => (
                scales[group + 4] & 15 | scales[group - 4] >> 6 << 4,
                scales[group + 4] >> 4 | scales[group] >> 6 << 4,
            ),
        };
        (half(0) * f64::from(scale), -half(2) * f64::from(minimum))
    };
    match format {
        BlockFormat::Q4_0 => (nibble(&block[2..], index, 16) - 8.0, half(0), 0.0),
        BlockFormat::Q4_1 => (nibble(&block[4..], index, 16), half(0), half(2)),
        BlockFormat::Q5_0 => {
            (nibble(&block[6..], index, 16) + 16.0 * bit(&block[2..6], index) - 16.0, half(0), 0.0)
        }
        BlockFormat::Q5_1 => {
            (nibble(&block[8..], index, 16) + 16.0 * bit(&block[4..8], index), half(0), half(2))
        }
        BlockFormat::Q8_0 => (f64::from(block[2 + index] as i8), half(0), 0.0),
        BlockFormat::Q4K => {
            let (scale, minimum) = six_bits(index / 32);
            (nibble(&block[16..], index, 32), scale, minimum)
        }
        BlockFormat::Q5K => {
            let (scale, minimum) = six_bits(index / 32);
            let fifth = f64::from(block[16 + index % 32] >> (index / 32) & 1);
            (nibble(&block[48..], index, 32) + 16.0 * fifth, scale, minimum)
        }
        BlockFormat::Q6K => {
            let (half_block, place) = (index / 128, index % 128);
            let lower = block[64 * half_block + place % 64] >> (4 * (place / 64)) & 15;
            let upper = block[128 + 32 * half_block + place % 32] >> (2 * (place / 32)) & 3;
            let scale = half(208) * f64::from(block[192 + index / 16] as i8);
            (f64::from(lower | upper << 4) - 32.0, scale, 0.0)
        }
    }
}

fn restored(format: BlockFormat, rows: &[u8]) -> Vec<f64> {
    let blocks = rows.chunks_exact(format.bytes());
    let of_block = |block: &'_ [u8]| -> Vec<f64> {
        let weight = |index| {
            let (number, scale, added) = defined(format, block, index);
            number * scale + added
        };
        (0..format.weights()).map(weight).collect()
    };
    blocks.flat_map(of_block).collect()
}

fn run(
    kernels: &Kernels,
    format: BlockFormat,
    input: &[f32],
    weights: &[u8],
    bias: Option<&[f32]>,
    columns: usize,
) -> Vec<f32> {
    let features = weights.len() / columns / format.bytes() * format.weights();
    let rows = input.len() / features;
    // NaN shows outputs that are not written, and those beyond the last column that are.
    let mut output = vec![f32::NAN; rows * (columns + 1)];
    let block = LinearBlock {
        input: input.as_ptr().cast(),
        rows,
        features,
        weights: weights.as_ptr(),
        scales: ptr::null(),
        strips: None,
        columns,
        bias,
        output: output.as_mut_ptr(),
        output_stride: columns + 1,
    };
    // SAFETY: the buffers have the shapes that the block says; the table is one of `all_kernels`.
    unsafe { (kernels.blocks.of(format).run)(&block) };
    let rows = output.chunks_exact(columns + 1);
    assert!(rows.clone().all(|row| row[columns].is_nan()));
    rows.flat_map(|row| row[..columns].to_vec()).collect()
}

#[test]
fn rows_are_what_their_format_defines() {
    for format in BlockFormat::ALL {
        let bytes = rows_of(format, 7, 512);
        let expected = restored(format, &bytes);
        let mut row = vec![f32::NAN; 512];
        for (bytes, expected) in bytes.chunks_exact(bytes.len() / 7).zip(expected.chunks_exact(512)) {
            read_row(format, bytes, &mut row);
            for (actual, expected) in row.iter().zip(expected) {
                let close = (f64::from(*actual) - expected).abs() <= 1e-6 * expected.abs().max(1e-2);
                assert!(close, "{}: {actual} instead of {expected}", format.name());
            }
        }
    }
}

#[test]
fn outputs_agree_with_the_reference_on_every_set_to_the_bit() {
    for format in BlockFormat::ALL {
        for (columns, features) in [(1, 256), (3, 512), (16, 1024), (33, 768)] {
            let bytes = rows_of(format, columns, features);
            let weights = restored(format, &bytes);
            let bias = random(9, columns);
            let bias = (columns % 2 == 1).then_some(&*bias);
            let input = random(5, 37 * features);
            let dot = |row: &[f32], column: usize| {
                let terms = row.iter().zip(&weights[column * features..]).map(|(x, w)| f64::from(*x) * w);
                (terms.sum::<f64>() + bias.map_or(0.0, |bias| f64::from(bias[column]))) as f32
            };
            let rows = input.chunks_exact(features);
            let expected: Vec<f32> = rows
                .flat_map(|row| (0..columns).map(|column| dot(row, column)).collect::<Vec<_>>())
                .collect();
            let size = expected.iter().fold(1.0f32, |size, value| size.max(value.abs()));
            let first = run(all_kernels()[0].1, format, &input, &bytes, bias, columns);
            for (name, kernels) in all_kernels() {
                let what = format!("{name} {} features {features} columns {columns}", format.name());
                let whole = run(kernels, format, &input, &bytes, bias, columns);
                assert_close(&whole, &expected, 4e-6 * size, &what);
                assert!(whole == first, "{what}: another set gives other bits");
                for rows in [1, 2, 3, 4, 5, 15, 16, 17, 20, 36] {
                    let some = run(kernels, format, &input[..rows * features], &bytes, bias, columns);
                    assert!(some == whole[..rows * columns], "{what}: {rows} rows give other bits");
                }
                let alone = run(kernels, format, &input[36 * features..], &bytes, bias, columns);
                assert!(alone == whole[36 * columns..], "{what}: a row gives other bits alone");
            }
        }
    }
}

#[test]
fn scales_in_f16_are_widened_as_they_are_defined() {
    // Of a block whose only number is 1, the weight is the scale.
    let mut block = [0u8; BlockFormat::Q8_0.bytes()];
    block[2] = 1;
    for bits in (0..=u16::MAX).filter(|bits| bits & 0x7C00 != 0x7C00) {
        block[..2].copy_from_slice(&bits.to_le_bytes());
        let mut row = [f32::NAN; 32];
        read_row(BlockFormat::Q8_0, &block, &mut row);
        assert_eq!(row[0], f16::from_bits(bits).to_f32(), "{bits:#06x}");
    }
}
