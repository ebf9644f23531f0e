//! The rows of an activation whose logits or hidden states are wanted.
//!
//! [`gather_rows`]: `x` f32 `[tokens, features]`, `output` f32 `[rows, features]`; row `r` is that of the `r`-th token chosen.

use bytemuck::{Pod, Zeroable};

use crate::geometry::row_threads;
use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GatherParams {
    x: u64,
    chosen: u64,
    output: u64,
    rows: u64,
    features: u32,
    x_stride: u32,
    output_stride: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<GatherParams>() == 48);

/// Copies the rows of the tokens that the step has chosen: `rows` says for what, and is not [`RowCount::Tokens`].
pub fn gather_rows(
    geometry: &Geometry,
    step: &StepAddresses,
    x: Tensor,
    output: Tensor,
    rows: RowCount,
) -> Launch {
    let params = GatherParams {
        x: x.address,
        chosen: step.chosen(rows),
        output: output.address,
        rows: step.count(rows),
        features: x.features,
        x_stride: x.stride,
        output_stride: output.stride,
        reserved: 0,
    };
    Launch {
        kernel: "gather_rows_f32",
        grid: [geometry.max(rows), 1, 1],
        block: [row_threads(output.stride, 4), 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::DType;

    use super::*;
    use crate::StepHeader;
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
            device.run(&gather_rows(&device.geometry(), &device.step(), x, output, RowCount::LogitRows));
            for (row, token) in wanted.iter().take(3).enumerate() {
                assert_eq!(device.row(output, row), device.row(x, *token as usize), "{features}");
            }
            device.assert_padding_is_zero(output, 3, "gathered rows");
            device.assert_untouched_from(output, 3, "gathered rows");
        }
    }

    #[test]
    fn copies_the_rows_whose_hidden_states_are_wanted() {
        let wanted = [1u32, 3];
        let mut device = Device::new(5, 5, 1, 4);
        device.set_step(|step, device| {
            let header = StepHeader { tokens: 5, rows: 1, sequences: 1, hidden: 2 };
            (step.header, step.hidden_tokens) = (device.upload(&[header]), device.upload(&wanted));
        });
        let x = device.tensor(&random(3, 5 * 65), 65, DType::F32);
        let output = device.output(65, DType::F32);
        device.run(&gather_rows(&device.geometry(), &device.step(), x, output, RowCount::HiddenRows));
        for (row, token) in wanted.iter().enumerate() {
            assert_eq!(device.row(output, row), device.row(x, *token as usize));
        }
        device.assert_untouched_from(output, 2, "gathered rows");
    }
}
