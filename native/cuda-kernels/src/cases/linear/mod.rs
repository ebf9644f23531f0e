//! Linear layers at the sizes of real models and at the edges past every tile.

mod batch;
mod layer;

use conduit_backend::DType;

use super::Case;
use layer::Layer;

const DTYPES: [DType; 3] = [DType::BF16, DType::F16, DType::F32];
const TENSOR_CORE_DTYPES: [DType; 2] = [DType::BF16, DType::F16];

/// Devices as the choice of kernel sees them: on one, sums are cut wherever that can be; on the other, nowhere.
const LARGE_DEVICE: u32 = 132;
const SMALL_DEVICE: u32 = 1;

/// Around each border between two kernels, two tiles, or two chunks of rows.
const ROWS: [u32; 14] = [1, 2, 3, 8, 9, 16, 17, 63, 64, 65, 127, 128, 129, 257];

pub fn cases() -> Vec<Case> {
    let quick = rows().chain(features()).chain(inner()).chain(layouts()).map(|layer| layer.case(true));
    quick.chain(models().map(|layer| layer.case(false))).chain(DTYPES.map(batch::case)).collect()
}

/// Two tiles of features and one more, on both devices in turn.
fn rows() -> impl Iterator<Item = Layer> {
    DTYPES.into_iter().flat_map(|dtype| {
        ROWS.into_iter().enumerate().map(move |(index, rows)| Layer {
            dtype,
            rows,
            max_rows: if index % 2 == 0 { rows } else { rows.next_power_of_two() },
            features: 129,
            has_bias: index % 3 == 0,
            multiprocessors: if index % 4 < 2 { LARGE_DEVICE } else { SMALL_DEVICE },
            ..Layer::SMALL
        })
    })
}

/// Few features, and few more than a tile; a step of a single row in a bucket for many; a device with sums in one piece.
fn features() -> impl Iterator<Item = Layer> {
    DTYPES.into_iter().flat_map(|dtype| {
        [1, 15, 17, 65].into_iter().flat_map(move |features| {
            [(1, 1), (1, 4), (5, 16), (1, 100), (66, 70)].map(|(rows, max_rows)| Layer {
                dtype,
                rows,
                max_rows,
                features,
                deterministic: features == 17,
                ..Layer::SMALL
            })
        })
    })
}

/// Fewer tiles than stages, sums that end within a tile, parts of unequal length.
fn inner() -> impl Iterator<Item = Layer> {
    DTYPES.into_iter().flat_map(|dtype| {
        [1, 64, 100, 128, 200, 1088, 1216].into_iter().flat_map(move |inner| {
            [1, 7, 12, 30, 50, 130].map(|rows| Layer {
                dtype,
                rows,
                max_rows: rows,
                inner,
                features: 70,
                has_bias: true,
                multiprocessors: if rows == 130 { SMALL_DEVICE } else { LARGE_DEVICE },
                ..Layer::SMALL
            })
        })
    })
}

/// Rows that lie further apart than their features need, rows counted as logits are, no row at all.
fn layouts() -> impl Iterator<Item = Layer> {
    TENSOR_CORE_DTYPES.into_iter().flat_map(|dtype| {
        [3, 20, 140].into_iter().flat_map(move |rows| {
            let layer = Layer { dtype, rows, max_rows: rows + 1, features: 100, has_bias: true, ..Layer::SMALL };
            [
                Layer { extra_stride: 64, ..layer },
                Layer { counts_logits: true, ..layer },
                Layer { rows: 0, ..layer },
                // Many row tiles, of which a group of eight does not take all.
                Layer { rows: rows * 4, max_rows: 700, inner: 128, ..layer },
            ]
        })
    })
}

/// Layers of Qwen3-0.6B (1024, 2048, 3072) and Llama-3.1-8B (4096, 14336), cut to two tiles of features and one more.
fn models() -> impl Iterator<Item = Layer> {
    TENSOR_CORE_DTYPES.into_iter().flat_map(|dtype| {
        [1024, 2048, 3072, 4096, 14336].into_iter().flat_map(move |inner| {
            [1, 2, 4, 8, 9, 16, 32, 64, 65, 128, 257].into_iter().flat_map(move |rows| {
                [LARGE_DEVICE, SMALL_DEVICE].map(|multiprocessors| Layer {
                    dtype,
                    rows,
                    max_rows: rows,
                    inner,
                    features: 257,
                    multiprocessors,
                    ..Layer::SMALL
                })
            })
        })
    })
}
