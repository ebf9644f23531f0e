//! `x = cap * tanh(x / cap)`, f32, in place: what Gemma 2 does to its logits.

use bytemuck::{Pod, Zeroable};

use crate::{Geometry, Launch, Params, RowCount, StepAddresses, Tensor};

const THREADS: u32 = 256;

/// Elements of a thread, so that the rows of a vocabulary spread over the device.
const ELEMENTS_PER_THREAD: u32 = 16;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SoftCapParams {
    x: u64,
    rows: u64,
    features: u32,
    stride: u32,
    cap: f32,
    reserved: u32,
}

const _: () = assert!(size_of::<SoftCapParams>() == 32);

/// Caps every element of the rows. `cap` is above 0.
pub fn soft_cap(geometry: &Geometry, step: &StepAddresses, x: Tensor, cap: f32, rows: RowCount) -> Launch {
    let params = SoftCapParams {
        x: x.address,
        rows: step.count(rows),
        features: x.features,
        stride: x.stride,
        cap,
        reserved: 0,
    };
    Launch {
        kernel: "soft_cap_f32",
        grid: [geometry.max(rows), x.features.div_ceil(THREADS * ELEMENTS_PER_THREAD), 1],
        block: [THREADS, 1, 1],
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
    fn caps_the_rows_of_the_step_alone() {
        const CAP: f32 = 2.5;
        for features in [1, 7, 255, 256, 4096, 4097, 9001] {
            let mut device = Device::new(2, 3, 0, 0);
            let x: Vec<f32> = random(1, 3 * features as usize).iter().map(|x| x * 10.0).collect();
            let tensor = device.tensor(&x, features, DType::F32);
            device.run(&soft_cap(&device.geometry(), &device.step(), tensor, CAP, RowCount::Tokens));
            for row in 0..3 {
                let before = &x[row * features as usize..(row + 1) * features as usize];
                for (before, after) in before.iter().zip(device.row(tensor, row)) {
                    let capped = f64::from(CAP) * (f64::from(*before) / f64::from(CAP)).tanh();
                    let expected = if row < 2 { capped as f32 } else { *before };
                    assert!((after - expected).abs() <= 1e-6 * expected.abs(), "{features} {row}: {before}");
                }
            }
        }
    }
}
