//! The gate of gated feed-forward layers: `activation(gate) * up`.
//!
//! [`gated`]: `gate_up` f32 `[rows, 2 * n]`, gate and up side by side; `output` `[rows, n]` in any type.

use bytemuck::{Pod, Zeroable};
use conduit_backend::GatedActivation;

use crate::launch::kernel_of;
use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GatedParams {
    gate_up: u64,
    output: u64,
    rows: u64,
    features: u32,
    input_stride: u32,
    output_stride: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<GatedParams>() == 40);

const THREADS: u32 = 256;
const ELEMENTS_PER_THREAD: u32 = 4;

/// `activation(gate) * up` of every row.
pub fn gated(
    geometry: &Geometry,
    step: &StepAddresses,
    gate_up: Tensor,
    activation: GatedActivation,
    output: Tensor,
    rows: RowCount,
) -> Launch {
    let params = GatedParams {
        gate_up: gate_up.address,
        output: output.address,
        rows: step.count(rows),
        features: output.features,
        input_stride: gate_up.stride,
        output_stride: output.stride,
        reserved: 0,
    };
    let kernel = match activation {
        GatedActivation::Silu => kernel_of!("gated_silu", output.dtype),
        GatedActivation::GeluTanh => kernel_of!("gated_gelu_tanh", output.dtype),
    };
    Launch {
        kernel,
        grid: [geometry.max(rows), output.stride.div_ceil(THREADS * ELEMENTS_PER_THREAD), 1],
        block: [THREADS, 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::DType;

    use super::*;
    use crate::test_support::{DTYPES, Device, assert_close, random, tolerance};

    fn silu(gate: f64) -> f64 {
        gate / (1.0 + (-gate).exp())
    }

    fn gelu_tanh(gate: f64) -> f64 {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (gate + 0.044_715 * gate.powi(3));
        0.5 * gate * (1.0 + inner.tanh())
    }

    fn check(features: u32, dtype: DType, tokens: u32) {
        let mut device = Device::new(tokens, 3, 0, 0);
        let mut gate_up: Vec<f32> =
            random(features.into(), 6 * features as usize).iter().map(|x| x * 12.0).collect();
        // Where e^-gate leaves the range of f32.
        gate_up[0] = -120.0;
        let input = device.tensor(&gate_up, 2 * features, DType::F32);
        for (activation, expected) in
            [(GatedActivation::Silu, silu as fn(f64) -> f64), (GatedActivation::GeluTanh, gelu_tanh)]
        {
            let what = format!("{activation:?}, {features} features, {dtype:?}");
            let output = device.output(features, dtype);
            device.run(&gated(
                &device.geometry(),
                &device.step(),
                input,
                activation,
                output,
                RowCount::Tokens,
            ));
            for row in 0..tokens as usize {
                let (gate, up) = gate_up[row * 2 * features as usize..][..2 * features as usize]
                    .split_at(features as usize);
                let pairs = gate.iter().zip(up);
                let expected: Vec<f64> =
                    pairs.map(|(gate, up)| expected(f64::from(*gate)) * f64::from(*up)).collect();
                assert_close(&device.row(output, row), &expected, tolerance(dtype), &what);
            }
            device.assert_padding_is_zero(output, tokens as usize, &what);
            device.assert_untouched_from(output, tokens as usize, &what);
        }
    }

    #[test]
    fn agrees_with_the_reference() {
        for dtype in DTYPES {
            for features in [64, 1536, 4864, 9728] {
                check(features, dtype, 2);
            }
        }
        for features in [1, 2, 3, 63, 65, 1022, 1023, 1025] {
            check(features, DType::BF16, 3);
        }
    }
}
