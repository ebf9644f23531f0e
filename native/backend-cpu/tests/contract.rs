//! What callers of the seam rely on.

use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_testkit::contract::Subject;

struct Cpu;

impl Subject for Cpu {
    type Backend = CpuBackend;

    // They are used where they lie.
    const WEIGHT_EXTENTS: usize = 0;

    fn open() -> CpuBackend {
        CpuBackend::new(CpuOptions::default()).unwrap()
    }
}

conduit_testkit::contract_tests!(Cpu);
