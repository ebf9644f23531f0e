//! `residual += delta`, both f32.

use bytemuck::{Pod, Zeroable};

use crate::geometry::row_threads;
use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct AddParams {
    x: u64,
    delta: u64,
    rows: u64,
    features: u32,
    x_stride: u32,
    delta_stride: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<AddParams>() == 40);

/// Adds `delta` to `residual` in place.
pub fn add(
    geometry: &Geometry,
    step: &StepAddresses,
    residual: Tensor,
    delta: Tensor,
    rows: RowCount,
) -> Launch {
    let params = AddParams {
        x: residual.address,
        delta: delta.address,
        rows: step.count(rows),
        features: residual.features,
        x_stride: residual.stride,
        delta_stride: delta.stride,
        reserved: 0,
    };
    Launch {
        kernel: "add_f32",
        grid: [geometry.max(rows), 1, 1],
        block: [row_threads(residual.features, 4), 1, 1],
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
    fn adds_rows_and_leaves_all_else_alone() {
        for features in [1, 6, 64, 127, 896, 4096, 4099] {
            let mut device = Device::new(2, 3, 0, 0);
            let (x, delta) = (random(1, 3 * features as usize), random(2, 3 * features as usize));
            let x_tensor = device.tensor(&x, features, DType::F32);
            let delta_tensor = device.tensor(&delta, features, DType::F32);
            device.run(&add(&device.geometry(), &device.step(), x_tensor, delta_tensor, RowCount::Tokens));
            for row in 0..3 {
                let range = row * features as usize..(row + 1) * features as usize;
                let added = if row < 2 { 1.0 } else { 0.0 };
                let pairs = x[range.clone()].iter().zip(&delta[range]);
                let expected: Vec<f32> = pairs.map(|(x, delta)| x + added * delta).collect();
                assert_eq!(device.row(x_tensor, row), expected, "{features} features, row {row}");
            }
        }
    }
}
