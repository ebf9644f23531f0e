use conduit_backend::DType;

use super::params::LinearParams;
use super::product::Product;
use crate::{Launch, Params};

/// As in `kernels/linear/gemv.cuh`.
const WARPS: u32 = 8;
const WARP_FEATURES: u32 = 4;

/// Warps on a multiprocessor that keep enough loads under way.
const WARPS_PER_MULTIPROCESSOR: u32 = 16;

/// The matrix-vector kernel over chunks of up to 8 rows.
pub fn launch(product: &Product, params: LinearParams) -> Launch {
    let (rows, kernel) = kernel(product.dtype, product.max_rows);
    let parts = parts(product);
    let block_features = WARPS / parts * WARP_FEATURES;
    Launch {
        kernel,
        grid: [params.written.div_ceil(block_features), product.max_rows.div_ceil(rows), 1],
        block: [parts * 32, WARPS / parts, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}

/// Warps that share a sum. It depends on the layer and the device alone, so that the order of a row's sums does, too.
fn parts(product: &Product) -> u32 {
    if product.deterministic {
        return 1;
    }
    let groups = product.features.div_ceil(WARP_FEATURES);
    let steps = (product.inner * product.dtype.bytes() as u32).div_ceil(32 * 16);
    let mut parts = 1;
    while parts < WARPS
        && groups * parts < product.multiprocessors * WARPS_PER_MULTIPROCESSOR
        && parts * 2 <= steps
    {
        parts *= 2;
    }
    parts
}

/// Rows of a chunk, and the kernel for them.
fn kernel(dtype: DType, max_rows: u32) -> (u32, &'static str) {
    let rows = max_rows.clamp(1, 8).next_power_of_two();
    let names = match dtype {
        DType::BF16 => {
            ["linear_gemv_bf16_1", "linear_gemv_bf16_2", "linear_gemv_bf16_4", "linear_gemv_bf16_8"]
        }
        DType::F16 => ["linear_gemv_f16_1", "linear_gemv_f16_2", "linear_gemv_f16_4", "linear_gemv_f16_8"],
        DType::F32 => ["linear_gemv_f32_1", "linear_gemv_f32_2", "linear_gemv_f32_4", "linear_gemv_f32_8"],
    };
    (rows, names[rows.ilog2() as usize])
}
