use anyhow::Result;
use conduit_backend::DType;
use conduit_backend_cuda::driver::Driver;
use conduit_cuda_kernels::{RowCount, Tensor, linear};

use super::time;
use crate::device::{Device, geometry, header_bytes, step_of_counts};
use crate::machine::Machine;
use crate::report::Report;
use crate::stages::Context;

/// Input and output features of Qwen3-0.6B's, -4B's and Llama-3-8B's layers.
const SHAPES: [(u32, u32); 8] = [
    (1024, 4096),
    (2048, 1024),
    (1024, 6144),
    (3072, 1024),
    (1024, 151_936),
    (2560, 19_456),
    (4096, 28_672),
    (14_336, 4096),
];
const ROWS: [u32; 8] = [1, 2, 4, 8, 16, 64, 512, 2048];
/// More than a cache holds.
const WEIGHT_BYTES: u64 = 512 << 20;

pub fn run<M: Machine>(
    context: &Context<M>,
    device: &Device<M::Driver>,
    copied: f64,
    report: &mut Report,
) -> Result<()> {
    let is_timed = context.machine.is_gpu();
    let (shapes, rows) = if is_timed { (&SHAPES[..], &ROWS[..]) } else { (&SHAPES[..1], &[1, 9, 65][..]) };
    let most =
        shapes.iter().map(|(inner, outer)| u64::from(*inner) * u64::from(*outer) * 2).max().unwrap_or(0);
    let weights_bytes = if is_timed { WEIGHT_BYTES.max(most) } else { most };
    // Zeros and whatever lies there are as fast as numbers, but for the clocks: random bits draw more power.
    let weights = device.allocate(weights_bytes)?;
    let widest = shapes.iter().map(|(_, outer)| *outer).max().unwrap_or(0);
    let most_rows = rows.iter().copied().max().unwrap_or(0);
    let input = device.allocate(u64::from(most_rows) * 16_384 * 2)?;
    let output = device.allocate(u64::from(most_rows) * u64::from(widest) * 4)?;
    let header = device.allocate(256)?;
    let workspace_bytes: u64 = 256 << 20;
    let workspace = device.allocate(workspace_bytes)?;
    for (inner, outer) in shapes {
        for count in rows {
            device.write(header, &header_bytes(*count))?;
            let geometry = geometry(device.driver.facts(), *count);
            let step = step_of_counts(header);
            let weight_bytes = u64::from(*inner) * u64::from(*outer) * 2;
            let copies = (weights_bytes / weight_bytes).clamp(1, 32);
            let sets: Vec<_> = (0..copies)
                .map(|copy| {
                    let weight = Tensor::new(weights + copy * weight_bytes, DType::BF16, *inner);
                    let input = Tensor::new(input, DType::BF16, *inner);
                    let output = Tensor::new(output, DType::F32, *outer);
                    let needed = linear::workspace_bytes(&geometry, weight, *outer, RowCount::Tokens);
                    anyhow::ensure!(needed <= workspace_bytes, "a workspace of {needed} bytes");
                    Ok(linear::launches(
                        &geometry,
                        &step,
                        input,
                        weight,
                        None,
                        output,
                        RowCount::Tokens,
                        workspace,
                    ))
                })
                .collect::<Result<_>>()?;
            // SAFETY: everything was allocated for the largest shape.
            let seconds = unsafe { time(device, &sets, is_timed) }?;
            let name = format!("linear {inner} -> {outer}, {count} rows");
            report.number(&name, seconds * 1e6, "us");
            if *count <= 64 {
                let moved = weight_bytes as f64 + f64::from(*count) * f64::from(inner * 2 + outer * 4);
                report.number(format!("{name}: memory"), moved / seconds / 1e9, "GB/s");
                report.number(format!("{name}: of the copy"), moved / seconds / copied, "x");
            } else {
                let flops = 2.0 * f64::from(*inner) * f64::from(*outer) * f64::from(*count);
                report.number(format!("{name}: arithmetic"), flops / seconds / 1e12, "TFLOP/s");
            }
        }
    }
    Ok(())
}
