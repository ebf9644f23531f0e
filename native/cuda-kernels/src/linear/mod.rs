//! Linear layers: `output[rows, out] = input[rows, in] * weight[out, in]^T + bias[out]`.
//!
//! Input and weight have the same element type, sums and output are f32. Up to 8 rows go through a matrix-vector kernel that
//! reads the weights once, at the speed of memory; more through `mma.sync` in tiles of 64 or 128 output features; f32
//! weights, which have no tensor cores to go to, through the matrix-vector kernel 8 rows at a time.
//!
//! What a caller keeps to: all addresses are multiples of 16; strides are multiples of 64 elements and the elements from
//! `features` up to the next multiple of 64 are zeros in input and weight; the input's rows lie within one allocation up to
//! the count of the step. Rows of the output beyond that count stay as they are. An output whose stride is no wider than
//! its features need gets zeros from `features` up to the stride, as every input of a linear layer has them; in a wider one
//! (several layers that write side by side) nothing but the features is written.
//!
//! Sums are cut into parts where there are too few output features for all multiprocessors: between warps of a block, or
//! between blocks with partial sums in a workspace and a second launch that adds them in order. Without
//! [`Geometry::deterministic`] the cut depends on the bucket. With it there is none, and every shape of tile gives a
//! row the same chain of `mma`: its bits do not depend on the batch.
//!
//! # Speed
//! On an H200 (docs/benchmarks.md), of the bandwidth of the device's own copy, and what there is to tune:
//! - Matrix-vector: 0.82 to 0.90 with 1 row from 100 MB of weights on, 0.45 with 12 MB. From 4 rows on a tile of 16 takes less
//!   time there (88 against 100 us for 311 MB), since the arithmetic does not fit beside the arriving weights. Warps for
//!   a multiprocessor and loads under way.
//! - Tiles of 16 and 64 rows: 0.75 to 0.86 and 0.57 to 0.80 from 100 MB on. Stages, parts, and a prefetch into the second-level
//!   cache for each architecture; a sum of parts that needs no second launch.
//! - The tile of 128 rows: up to 373 TFLOP/s, 38 % of what `wgmma` can on Hopper. Two stages, with which two blocks fit an
//!   sm_80; row tiles in a group.

mod gemv;
mod multiply;
mod params;
mod product;
#[cfg(test)]
mod tests;

use crate::{Geometry, Launch, RowCount, StepAddresses, Tensor};

use params::LinearParams;
use product::Product;

/// Bytes of workspace that [`launches`] needs for such a layer: 0 where no sum is cut between blocks.
///
/// The workspace is free again when the launches have run; what it holds before does not matter.
pub fn workspace_bytes(geometry: &Geometry, weight: Tensor, out_features: u32, rows: RowCount) -> u64 {
    Product::new(geometry, weight, out_features, rows).workspace_bytes()
}

/// The launches of one layer, in order.
///
/// `weight.features` is the number of input features, `output.features` that of output features. `bias` is the address of one
/// f32 for each output feature, `workspace` of [`workspace_bytes`] bytes (any value where these are 0).
#[expect(clippy::too_many_arguments, reason = "one operation of the seam")]
pub fn launches(
    geometry: &Geometry,
    step: &StepAddresses,
    input: Tensor,
    weight: Tensor,
    bias: Option<u64>,
    output: Tensor,
    rows: RowCount,
    workspace: u64,
) -> Vec<Launch> {
    let product = Product::new(geometry, weight, output.features, rows);
    product.launches(LinearParams::new(step, input, weight, bias, output, rows), workspace)
}
