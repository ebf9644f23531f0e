use bytemuck::{Pod, Zeroable};

use crate::{RowCount, StepAddresses, Tensor};

/// What every kernel of a linear layer takes; `kernels/linear/parameters.cuh` says what each field means.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct LinearParameters {
    pub header: u64,
    pub input: u64,
    pub weights: u64,
    pub bias: u64,
    pub output: u64,
    pub workspace: u64,
    pub inner: u32,
    pub input_stride: u32,
    pub weight_stride: u32,
    pub output_stride: u32,
    pub features: u32,
    pub written: u32,
    pub row_count: u32,
    pub splits: u32,
    pub workspace_rows: u32,
    pub workspace_stride: u32,
}
const _: () = assert!(size_of::<LinearParameters>() == 88);

impl LinearParameters {
    /// Without splits.
    pub(super) fn new(
        step: &StepAddresses,
        input: Tensor,
        weight: Tensor,
        bias: Option<u64>,
        output: Tensor,
        rows: RowCount,
    ) -> Self {
        debug_assert_eq!((input.dtype, input.features), (weight.dtype, weight.features));
        Self {
            header: step.header,
            input: input.address,
            weights: weight.address,
            bias: bias.unwrap_or(0),
            output: output.address,
            workspace: 0,
            inner: weight.features.next_multiple_of(64),
            input_stride: input.stride,
            weight_stride: weight.stride,
            output_stride: output.stride,
            features: output.features,
            written: written(output),
            row_count: rows as u32,
            splits: 1,
            workspace_rows: 0,
            workspace_stride: 0,
        }
    }
}

/// Columns of the output to write. One that starts within a wider row has a neighbour, or the next row, after it.
fn written(output: Tensor) -> u32 {
    let padded = output.features.next_multiple_of(64);
    let whole = output.stride == padded && output.address.is_multiple_of(256);
    if whole { padded } else { output.features }
}
