//! Rows of the embedding table, times a factor, as the residual stream.
//!
//! [`embed`]: `table` `[vocab, features]` in any type, packed as the weight of a linear layer (zeros from `features` to the
//! stride); `output` f32 `[tokens, features]`, of the same stride. Every token's id is below the number of the table's rows.

use bytemuck::{Pod, Zeroable};

use crate::geometry::row_threads;
use crate::launch::kernel_of;
use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct EmbedParams {
    table: u64,
    tokens: u64,
    output: u64,
    token_count: u64,
    table_stride: u32,
    output_stride: u32,
    scale: f32,
    reserved: u32,
}

const _: () = assert!(size_of::<EmbedParams>() == 48);

/// Rows of `table` for the step's tokens, times `scale`.
pub fn embed(geometry: &Geometry, step: &StepAddresses, table: Tensor, scale: f32, output: Tensor) -> Launch {
    let params = EmbedParams {
        table: table.address,
        tokens: step.tokens,
        output: output.address,
        token_count: step.count(RowCount::Tokens),
        table_stride: table.stride,
        output_stride: output.stride,
        scale,
        reserved: 0,
    };
    let elements = 16 / table.dtype.bytes() as u32;
    Launch {
        kernel: kernel_of!("embed", table.dtype),
        grid: [geometry.max_tokens, 1, 1],
        block: [row_threads(output.stride, elements), 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}

#[cfg(test)]
mod tests {
    use conduit_backend::DType;

    use super::*;
    use crate::test_support::{DTYPES, Device, random, rounded};

    #[test]
    fn copies_the_rows_of_the_tokens_times_the_scale() {
        for (dtype, scale) in DTYPES.into_iter().flat_map(|dtype| [(dtype, 1.0), (dtype, 50.5)]) {
            for features in [1, 7, 64, 65, 576, 896, 2048, 4096, 5121, 8192] {
                let ids = [4u32, 0, 4, 2];
                let mut device = Device::new(3, 4, 0, 0);
                device.set_step(|step, device| step.tokens = device.upload(&ids));
                let values = random(1, 5 * features as usize);
                let table = device.padded_tensor(&values, features, dtype);
                let output = device.output(features, DType::F32);
                device.run(&embed(&device.geometry(), &device.step(), table, scale, output));
                let what = format!("{dtype:?} {features} times {scale}");
                for (row, id) in ids.iter().take(3).enumerate() {
                    let expected = &values[*id as usize * features as usize..][..features as usize];
                    let expected: Vec<f32> =
                        expected.iter().map(|value| scale * rounded(*value, dtype)).collect();
                    assert_eq!(device.row(output, row), expected, "{what}");
                }
                device.assert_padding_is_zero(output, 3, &what);
                device.assert_untouched_from(output, 3, &what);
            }
        }
    }
}
