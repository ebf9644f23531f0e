use bytemuck::{Pod, Zeroable};

use crate::{ALIGNMENT_BYTES, RowCount, StepAddresses, Tensor};

/// What every kernel of a linear layer takes; `kernels/linear/params.cuh` says what each field means.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub struct LinearParams {
    pub rows: u64,
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
    pub parts: u32,
    pub workspace_rows: u32,
    pub workspace_stride: u32,
    pub reserved: u32,
}

const _: () = assert!(size_of::<LinearParams>() == 88);

impl LinearParams {
    /// No sum cut between blocks.
    pub fn new(
        step: &StepAddresses,
        input: Tensor,
        weight: Tensor,
        bias: Option<u64>,
        output: Tensor,
        rows: RowCount,
    ) -> Self {
        debug_assert_eq!((input.dtype, input.features), (weight.dtype, weight.features));
        Self {
            rows: step.count(rows),
            input: input.address,
            weights: weight.address,
            bias: bias.unwrap_or(0),
            output: output.address,
            workspace: 0,
            inner: Tensor::stride_of(weight.features),
            input_stride: input.stride,
            weight_stride: weight.stride,
            output_stride: output.stride,
            features: output.features,
            written: written(output),
            parts: 1,
            workspace_rows: 0,
            workspace_stride: 0,
            reserved: 0,
        }
    }
}

/// Columns of the output to write. Where it is part of a wider row, others' columns follow its own.
fn written(output: Tensor) -> u32 {
    let padded = Tensor::stride_of(output.features);
    let is_whole = output.stride == padded && output.address.is_multiple_of(ALIGNMENT_BYTES);
    if is_whole { padded } else { output.features }
}
