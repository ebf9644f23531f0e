use bytemuck::{Pod, Zeroable};

use crate::geometry::row_threads;
use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct RotaryTableParams {
    inverse_frequencies: u64,
    positions: u64,
    output: u64,
    token_count: u64,
    frequencies: u32,
    output_stride: u32,
    factor: f32,
    reserved: u32,
}

const _: () = assert!(size_of::<RotaryTableParams>() == 48);

/// Cosines and sines of every position, both times `factor`. `inverse_frequencies` is the address of `output.features / 2`
/// angular frequencies in f32, in radians per position; `output` is f32.
pub fn table(
    geometry: &Geometry,
    step: &StepAddresses,
    inverse_frequencies: u64,
    factor: f32,
    output: Tensor,
) -> Launch {
    let params = RotaryTableParams {
        inverse_frequencies,
        positions: step.positions,
        output: output.address,
        token_count: step.count(RowCount::Tokens),
        frequencies: output.features / 2,
        output_stride: output.stride,
        factor,
        reserved: 0,
    };
    Launch {
        kernel: "rotary_table_f32",
        grid: [geometry.max_tokens, 1, 1],
        block: [row_threads(params.frequencies, 1).min(256), 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}
