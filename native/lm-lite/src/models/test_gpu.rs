use std::sync::Arc;

use conduit_backend_cuda::driver::host::{Fault, HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaOptions};

use super::Device;
use super::device::EngineDevice;
use crate::ServeError;

/// A GPU made of this process, which fails when so many calls of a kind have gone well.
pub(crate) fn open_failing_gpu(fault: Fault, after: usize) -> Arc<dyn Device> {
    let driver = HostDriver::new(&HostOptions::default());
    driver.inject(fault, after);
    let gpu = CudaBackend::new(driver, CudaOptions::default()).unwrap();
    EngineDevice::open::<ServeError>(gpu, 1 << 28).unwrap()
}
