//! The rows of an activation whose logits are wanted.
//!
//! [`gather_rows`]: `x` f32 `[tokens, features]`, `output` f32 `[rows, features]`; row `r` is that of `logit_tokens[r]`.

use bytemuck::{Pod, Zeroable};

use crate::geometry::row_threads;
use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GatherParams {
    x: u64,
    logit_tokens: u64,
    output: u64,
    rows: u64,
    features: u32,
    x_stride: u32,
    output_stride: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<GatherParams>() == 48);

/// Copies the rows that the step's `logit_tokens` name.
pub fn gather_rows(geometry: &Geometry, step: &StepAddresses, x: Tensor, output: Tensor) -> Launch {
    let params = GatherParams {
        x: x.address,
        logit_tokens: step.logit_tokens,
        output: output.address,
        rows: step.count(RowCount::LogitRows),
        features: x.features,
        x_stride: x.stride,
        output_stride: output.stride,
        reserved: 0,
    };
    Launch {
        kernel: "gather_rows_f32",
        grid: [geometry.max_rows, 1, 1],
        block: [row_threads(output.stride, 4), 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::DType;

    use super::*;
    use crate::test_support::{Device, random};

    #[test]
    fn copies_the_rows_of_the_tokens_that_want_logits() {
        for features in [1, 65, 576, 4096, 4101] {
            let wanted = [0u32, 2, 4, 4];
            let mut device = Device::new(5, 5, 3, 4);
            device.set_step(|step, device| step.logit_tokens = device.upload(&wanted));
            let values = random(3, 5 * features as usize);
            let x = device.tensor(&values, features, DType::F32);
            let output = device.output(features, DType::F32);
            device.run(&gather_rows(&device.geometry(), &device.step(), x, output));
            for (row, token) in wanted.iter().take(3).enumerate() {
                assert_eq!(device.row(output, row), device.row(x, *token as usize), "{features}");
            }
            device.assert_padding_is_zero(output, 3, "gathered rows");
            device.assert_untouched_from(output, 3, "gathered rows");
        }
    }
}
