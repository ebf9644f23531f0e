use anyhow::Result;
use conduit_backend_cuda::driver::{DeviceFacts, Driver};
use conduit_backend_cuda::nvidia::driver_version;
use conduit_cuda_kernels::device::{fat_binaries, nvcc_version};

use super::Context;
use crate::machine::Machine;
use crate::report::Report;

pub fn run<M: Machine>(context: &Context<M>, report: &mut Report) -> Result<()> {
    let driver = context.machine.driver()?;
    let DeviceFacts { name, compute_capability: (major, minor), multiprocessors, shared_bytes_per_block } =
        driver.facts();
    let memory = driver.memory_info()?;
    report.fact("device", name);
    report.fact("compute capability", format!("{major}.{minor}"));
    report.fact("multiprocessors", multiprocessors);
    report.fact("shared memory of a block", format!("{} KiB", shared_bytes_per_block >> 10));
    report.number("memory", memory.total_bytes as f64 / 1e9, "GB");
    report.number("free memory", memory.free_bytes as f64 / 1e9, "GB");
    report.fact("driver", driver_version().unwrap_or_else(|| "unknown".to_owned()));
    report.fact("nvcc", nvcc_version().unwrap_or("none"));
    let kernels: usize = fat_binaries().iter().map(|fat_binary| fat_binary.kernels.len()).sum();
    let bytes: usize = fat_binaries().iter().map(|fat_binary| fat_binary.bytes.len()).sum();
    report.fact("kernels", format!("{kernels} in {} KiB", bytes >> 10));
    Ok(())
}
