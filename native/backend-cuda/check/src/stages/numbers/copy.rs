use std::time::Instant;

use anyhow::{Result, ensure};
use conduit_backend_cuda::driver::Driver;
use cudarc::driver::sys::{self, CUresult};

use super::SECONDS;
use crate::device::Device;

/// Larger than any cache.
const COPIED_BYTES: u64 = 1 << 30;

/// What the device's own copy reads and writes in a second: the peer of every other number.
pub fn bytes_per_second<D: Driver>(device: &Device<D>) -> Result<f64> {
    let (target, source) = (device.allocate(COPIED_BYTES)?, device.allocate(COPIED_BYTES)?);
    // Makes the device's context that of this thread.
    device.finish()?;
    let copy = |count: usize| {
        for _ in 0..count {
            // SAFETY: both sides are mapped, and stay so.
            let result = unsafe {
                sys::cuMemcpyDtoDAsync_v2(target, source, COPIED_BYTES as usize, std::ptr::null_mut())
            };
            ensure!(result == CUresult::CUDA_SUCCESS, "cuMemcpyDtoDAsync: {result:?}");
        }
        // SAFETY: waits for what was enqueued.
        let result = unsafe { sys::cuCtxSynchronize() };
        ensure!(result == CUresult::CUDA_SUCCESS, "cuCtxSynchronize: {result:?}");
        Ok(())
    };
    copy(2)?;
    let start = Instant::now();
    let mut copies = 0;
    while start.elapsed().as_secs_f64() < SECONDS {
        copy(10)?;
        copies += 10;
    }
    Ok((2 * COPIED_BYTES * copies) as f64 / start.elapsed().as_secs_f64())
}
