use std::sync::atomic::{AtomicU64, Ordering};

use conduit_cuda_kernels::{Launch, host};

use crate::driver::{DriverError, DriverResult};

/// Runs a kernel to its end, every time with its warps and blocks in another order.
///
/// # Safety
/// The addresses in the launch's parameters are mapped as the kernel uses them, by no one else meanwhile.
pub(super) unsafe fn run_kernel(launch: &Launch) -> DriverResult<()> {
    static SEED: AtomicU64 = AtomicU64::new(0);
    let seed = SEED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: as the caller's.
    unsafe { host::run(launch, seed) }.map_err(|fault| DriverError::Other(format!("seed {seed}: {fault}")))
}
