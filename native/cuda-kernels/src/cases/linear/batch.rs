use conduit_backend::DType;

use crate::cases::{Agreement, Case, Random, Trial, encode, poison};
use crate::{Geometry, Launch, RowCount, StepAddresses, Tensor, linear};

/// Multiples of 128, so that every row starts at a multiple of 256 bytes.
const INNER: u32 = 640;
const FEATURES: u32 = 129;
const OUTPUT_STRIDE: u32 = 192;
const ROWS: u32 = 257;

/// First row, rows, and the largest number of rows of the bucket. The first is what all others are compared with.
const STEPS: [(u32, u32, u32); 14] = [
    (0, 257, 257),
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

/// A row's bits with [`Geometry::deterministic`]: the same alone, in any batch and in any bucket.
pub fn case(dtype: DType) -> Case {
    Case {
        name: format!("linear/{} gives a row equal bits in any batch", dtype.name()),
        quick: true,
        make: Box::new(move |_| trial(dtype)),
    }
}

fn trial(dtype: DType) -> Trial {
    let mut random = Random::new(12);
    let mut matrix = |rows: u32| encode(dtype, &random.signed_values((rows * INNER) as usize));
    let mut buffers = vec![matrix(ROWS), matrix(FEATURES)];
    for (_, rows, max_rows) in STEPS {
        buffers.push([rows, 0, 1, 0].iter().flat_map(|count: &u32| count.to_le_bytes()).collect());
        buffers.push(poison((max_rows * OUTPUT_STRIDE) as usize * 4));
    }
    Trial {
        buffers,
        launches: Box::new(move |addresses| {
            let steps = STEPS.iter().zip(addresses[2..].chunks_exact(2));
            steps.flat_map(|(step, own)| launches(dtype, *step, addresses, own)).collect()
        }),
        check: Box::new(|buffers| {
            let row = |step: usize, row: u32| {
                let row_bytes = OUTPUT_STRIDE as usize * 4;
                &buffers[3 + 2 * step][row as usize * row_bytes..][..FEATURES as usize * 4]
            };
            let differing = STEPS.iter().enumerate().flat_map(|(step, (first, rows, _))| {
                (0..*rows).filter(move |index| row(step, *index) != row(0, first + index))
            });
            Ok(Agreement { worst_error: differing.count() as f64, tolerance: 0.0 })
        }),
    }
}

fn launches(
    dtype: DType,
    (first, _, max_tokens): (u32, u32, u32),
    shared: &[u64],
    own: &[u64],
) -> Vec<Launch> {
    let geometry = Geometry {
        multiprocessors: 4,
        shared_bytes_per_block: 99 << 10,
        deterministic: true,
        max_tokens,
        max_rows: 1,
        max_sequences: 1,
    };
    let step = StepAddresses { header: own[0], ..StepAddresses::default() };
    let matrix = |address| Tensor { address, dtype, features: INNER, stride: INNER };
    let input = matrix(shared[0] + u64::from(first * INNER) * dtype.bytes() as u64);
    let output =
        Tensor { address: own[1], dtype: DType::F32, features: FEATURES, stride: OUTPUT_STRIDE };
    linear::launches(&geometry, &step, input, matrix(shared[1]), None, output, RowCount::Tokens, 0)
}
