use conduit_backend::DType;

use crate::test_support::{DTYPES, Device, random};
use crate::{Geometry, RowCount, linear};

const INNER: u32 = 640;
const FEATURES: u32 = 129;

/// First row, rows, and the most rows of the bucket. Each number of rows and each bucket has kernels of its own.
const STEPS: [(u32, u32, u32); 13] = [
    (0, 1, 1),
    (130, 1, 8),
    (256, 1, 64),
    (77, 1, 2048),
    (3, 5, 5),
    (9, 8, 8),
    (100, 9, 16),
    (200, 16, 16),
    (17, 31, 32),
    (64, 64, 64),
    (65, 33, 128),
    (120, 65, 80),
    (1, 129, 512),
];

#[test]
fn a_row_gives_equal_bits_in_any_deterministic_batch() {
    for dtype in DTYPES {
        let input = random(1, (257 * INNER) as usize);
        let weights = random(2, (FEATURES * INNER) as usize);
        let expected = run(dtype, &input, &weights, 257);
        for (first, rows, max_rows) in STEPS {
            let range = (first * INNER) as usize..((first + rows) * INNER) as usize;
            let found = run(dtype, &input[range], &weights, max_rows);
            let expected = &expected[first as usize..(first + rows) as usize];
            assert!(found == expected, "{dtype:?}: {rows} rows from {first} in a bucket of {max_rows}");
        }
    }
}

/// The outputs' bits, row by row.
fn run(dtype: DType, input: &[f32], weights: &[f32], max_rows: u32) -> Vec<Vec<u32>> {
    let rows = input.len() / INNER as usize;
    let mut device = Device::new(rows as u32, max_rows, 0, 1);
    let input = device.padded_tensor(input, INNER, dtype);
    let weights = device.padded_tensor(weights, INNER, dtype);
    let output = device.output(FEATURES, DType::F32);
    let geometry = Geometry { multiprocessors: 4, deterministic: true, ..device.geometry() };
    let step = device.step();
    for launch in linear::launches(&geometry, &step, input, weights, None, output, RowCount::Tokens, 0) {
        device.run(&launch);
    }
    (0..rows).map(|row| device.row(output, row).into_iter().map(f32::to_bits).collect()).collect()
}
