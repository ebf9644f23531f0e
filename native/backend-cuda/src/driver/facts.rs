/// What a device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFacts {
    /// As the vendor names it: `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// Major and minor number: `(9, 0)` for sm_90.
    pub compute_capability: (u32, u32),
    pub multiprocessors: u32,
    /// Shared memory that one block may ask for at most (opt-in).
    pub shared_bytes_per_block: u32,
}

/// Memory of a device, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryInfo {
    pub free_bytes: u64,
    pub total_bytes: u64,
}
