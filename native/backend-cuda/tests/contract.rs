//! What callers of the seam rely on.

use conduit_backend_cuda::driver::host::{HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaOptions};
use conduit_testkit::contract::Subject;

struct Cuda;

impl Subject for Cuda {
    type Backend = CudaBackend<HostDriver>;

    const WEIGHT_EXTENTS: usize = 1;

    fn open() -> Self::Backend {
        let driver = HostDriver::new(&HostOptions::default());
        CudaBackend::new(driver, CudaOptions { deterministic: true }).unwrap()
    }
}

conduit_testkit::contract_tests!(Cuda);
