mod batch;
mod choice;
mod layer;

use conduit_backend::DType;
use layer::Layer;

use crate::test_support::DTYPES;

const TENSOR_CORE_DTYPES: [DType; 2] = [DType::BF16, DType::F16];

/// Devices as the choice of kernel sees them: for one, sums are cut wherever that can be; for the other, nowhere.
const LARGE_DEVICE: u32 = 132;
const SMALL_DEVICE: u32 = 1;

/// Around each border between two kernels, two tiles, or two chunks of rows.
const ROWS: [u32; 14] = [1, 2, 3, 8, 9, 16, 17, 63, 64, 65, 127, 128, 129, 257];

#[test]
fn any_number_of_rows() {
    for dtype in DTYPES {
        for (index, rows) in ROWS.into_iter().enumerate() {
            let layer = Layer {
                dtype,
                rows,
                max_rows: if index % 2 == 0 { rows } else { rows.next_power_of_two() },
                features: 129,
                has_bias: index % 3 == 0,
                multiprocessors: if index % 4 < 2 { LARGE_DEVICE } else { SMALL_DEVICE },
                ..Layer::SMALL
            };
            layer.check();
        }
    }
}

#[test]
fn few_output_features_and_few_past_a_tile() {
    for dtype in DTYPES {
        for features in [1, 15, 17, 65] {
            // A single row in a bucket for many, too.
            for (rows, max_rows) in [(1, 1), (1, 4), (5, 16), (1, 100), (66, 70)] {
                let deterministic = features == 17;
                Layer { dtype, rows, max_rows, features, deterministic, ..Layer::SMALL }.check();
            }
        }
    }
}

#[test]
fn sums_shorter_than_the_pipeline_and_in_parts_of_unequal_length() {
    for dtype in DTYPES {
        for inner in [1, 64, 100, 128, 200, 1088, 1216] {
            for rows in [1, 7, 12, 30, 50, 130] {
                let multiprocessors = if rows == 130 { SMALL_DEVICE } else { LARGE_DEVICE };
                let layer = Layer { dtype, rows, max_rows: rows, inner, features: 70, ..Layer::SMALL };
                Layer { has_bias: true, multiprocessors, ..layer }.check();
            }
        }
    }
}

#[test]
fn rows_apart_rows_of_logits_and_no_row() {
    for dtype in TENSOR_CORE_DTYPES {
        for rows in [3, 20, 140] {
            let max_rows = rows + 1;
            let layer = Layer { dtype, rows, max_rows, features: 100, has_bias: true, ..Layer::SMALL };
            Layer { extra_stride: 64, ..layer }.check();
            Layer { counts_logits: true, ..layer }.check();
            Layer { rows: 0, ..layer }.check();
        }
    }
}

#[test]
fn more_row_tiles_than_a_group() {
    for (rows, multiprocessors) in [(700, LARGE_DEVICE), (1100, SMALL_DEVICE)] {
        Layer { rows, max_rows: 1500, inner: 128, features: 70, multiprocessors, ..Layer::SMALL }.check();
    }
}

/// Layers of Qwen3-0.6B (1024, 2048, 3072) and Llama-3.1-8B (4096, 14336), cut to two tiles of features and one more.
#[test]
fn the_sums_of_real_models() {
    let is_full = std::env::var_os("CONDUIT_FULL").is_some();
    let (inner, rows): (&[u32], &[u32]) = if is_full {
        (&[1024, 2048, 3072, 4096, 14336], &[1, 2, 4, 8, 9, 16, 32, 64, 65, 128, 257])
    } else {
        (&[1024, 3072, 14336], &[1, 9])
    };
    for dtype in TENSOR_CORE_DTYPES {
        for inner in inner {
            for rows in rows {
                for multiprocessors in [LARGE_DEVICE, SMALL_DEVICE] {
                    let layer = Layer { dtype, rows: *rows, max_rows: *rows, inner: *inner, ..Layer::SMALL };
                    Layer { features: 257, multiprocessors, ..layer }.check();
                }
            }
        }
    }
}
