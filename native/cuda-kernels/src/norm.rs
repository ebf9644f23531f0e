//! RMS norm: `x / sqrt(mean(x^2) + epsilon) * weight`, with or without an addition to the residual stream before it.
//!
//! - [`norm`]: `x` f32 `[rows, features]`, `weight` the address of f32 `[features]`, `output` in any type.
//! - [`add_norm`]: `residual += delta` in place, both f32, then the norm of the sum.

use bytemuck::{Pod, Zeroable};

use crate::launch::kernel_of;
use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct NormParams {
    x: u64,
    delta: u64,
    weight: u64,
    output: u64,
    rows: u64,
    features: u32,
    x_stride: u32,
    delta_stride: u32,
    output_stride: u32,
    epsilon: f32,
    reserved: u32,
}

const _: () = assert!(size_of::<NormParams>() == 64);

/// The norm of every row of `x`.
pub fn norm(
    geometry: &Geometry,
    step: &StepAddresses,
    x: Tensor,
    weight: u64,
    epsilon: f32,
    output: Tensor,
    rows: RowCount,
) -> Launch {
    let params = NormParams {
        x: x.address,
        delta: 0,
        weight,
        output: output.address,
        rows: step.count(rows),
        features: x.features,
        x_stride: x.stride,
        delta_stride: 0,
        output_stride: output.stride,
        epsilon,
        reserved: 0,
    };
    launch(kernel_of!("norm", output.dtype), geometry.max(rows), &params)
}

/// `residual += delta`, and the norm of every row of the sum.
#[expect(clippy::too_many_arguments, reason = "one operation of the seam")]
pub fn add_norm(
    geometry: &Geometry,
    step: &StepAddresses,
    residual: Tensor,
    delta: Tensor,
    weight: u64,
    epsilon: f32,
    output: Tensor,
    rows: RowCount,
) -> Launch {
    let params = NormParams {
        x: residual.address,
        delta: delta.address,
        weight,
        output: output.address,
        rows: step.count(rows),
        features: residual.features,
        x_stride: residual.stride,
        delta_stride: delta.stride,
        output_stride: output.stride,
        epsilon,
        reserved: 0,
    };
    launch(kernel_of!("add_norm", output.dtype), geometry.max(rows), &params)
}

fn launch(kernel: &'static str, rows: u32, params: &NormParams) -> Launch {
    Launch {
        kernel,
        grid: [rows, 1, 1],
        block: [crate::geometry::row_threads(params.features, 4), 1, 1],
        shared_bytes: 0,
        params: Params::new(params),
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::DType;

    use super::*;
    use crate::test_support::{DTYPES, Device, assert_close, random, tolerance};

    fn reference(x: &[f32], weight: &[f32], epsilon: f32) -> Vec<f64> {
        let mean = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64;
        let inverse = 1.0 / (mean + f64::from(epsilon)).sqrt();
        x.iter().zip(weight).map(|(x, weight)| f64::from(*x) * inverse * f64::from(*weight)).collect()
    }

    fn check(features: u32, dtype: DType, counts: (u32, u32), scale: f32) {
        let (tokens, max_tokens) = counts;
        let mut device = Device::new(tokens, max_tokens, 0, 0);
        let what = format!("{features} features, {dtype:?}, {tokens} of {max_tokens} rows, scale {scale}");
        let scaled = |seed| -> Vec<f32> {
            random(seed, (max_tokens * features) as usize).iter().map(|x| x * scale).collect()
        };
        let (x, delta, weight) = (scaled(1), scaled(2), random(3, features as usize));
        let weight_address = device.vector(&weight);
        let x_tensor = device.tensor(&x, features, DType::F32);
        let delta_tensor = device.tensor(&delta, features, DType::F32);
        let (plain, added) = (device.output(features, dtype), device.output(features, dtype));
        let (geometry, step) = (device.geometry(), device.step());
        device.run(&norm(&geometry, &step, x_tensor, weight_address, 1e-5, plain, RowCount::Tokens));
        device.run(&add_norm(
            &geometry,
            &step,
            x_tensor,
            delta_tensor,
            weight_address,
            1e-5,
            added,
            RowCount::Tokens,
        ));
        let sums: Vec<f32> = x.iter().zip(&delta).map(|(x, delta)| x + delta).collect();
        for row in 0..tokens as usize {
            let range = row * features as usize..(row + 1) * features as usize;
            let expected = reference(&x[range.clone()], &weight, 1e-5);
            assert_close(&device.row(plain, row), &expected, tolerance(dtype), &what);
            let expected = reference(&sums[range.clone()], &weight, 1e-5);
            assert_close(&device.row(added, row), &expected, tolerance(dtype), &what);
            assert_eq!(device.row(x_tensor, row), sums[range], "{what}: the residual");
        }
        for output in [plain, added] {
            device.assert_padding_is_zero(output, tokens as usize, &what);
            device.assert_untouched_from(output, tokens as usize, &what);
        }
    }

    #[test]
    fn agrees_with_the_reference_at_the_widths_of_real_models() {
        for dtype in DTYPES {
            for features in [64, 128, 576, 896, 1024, 2048, 4096, 5120, 8192] {
                check(features, dtype, (3, 4), 1.0);
            }
        }
    }

    #[test]
    fn agrees_with_the_reference_past_the_edges() {
        for features in [1, 3, 4, 5, 63, 65, 127, 129, 4095, 4097, 4099] {
            check(features, DType::BF16, (2, 2), 1.0);
        }
        for scale in [1e-4, 1e4] {
            check(1000, DType::F32, (1, 9), scale);
        }
        check(128, DType::F16, (0, 2), 1.0);
    }
}
