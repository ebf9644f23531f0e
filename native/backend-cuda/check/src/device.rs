use anyhow::Result;
use conduit_backend_cuda::driver::{DeviceFacts, Driver, DriverResult, HostBuffer, MAP_GRANULARITY_BYTES};
use conduit_cuda_kernels::{Geometry, Launch, StepAddresses};

/// A driver with a stream, for launches without a backend around them.
pub struct Device<D: Driver> {
    pub driver: D,
    stream: D::Stream,
    event: D::Event,
}

impl<D: Driver> Device<D> {
    pub fn new(driver: D) -> Result<Self> {
        Ok(Self { stream: driver.stream()?, event: driver.event()?, driver })
    }

    /// Memory of the device until the driver goes.
    pub fn allocate(&self, bytes: u64) -> Result<u64> {
        let bytes = bytes.next_multiple_of(MAP_GRANULARITY_BYTES);
        let address = self.driver.reserve(bytes)?;
        self.driver.map(address, bytes)?;
        Ok(address)
    }

    /// Memory of the device with these contents.
    pub fn upload(&self, contents: &[u8]) -> Result<u64> {
        let address = self.allocate(contents.len() as u64)?;
        self.write(address, contents)?;
        Ok(address)
    }

    pub fn write(&self, address: u64, contents: &[u8]) -> Result<()> {
        let buffer = self.driver.host_buffer(contents.len())?;
        // SAFETY: the buffer is at least as long, and nobody else knows of it yet.
        unsafe { buffer.as_ptr().copy_from_nonoverlapping(contents.as_ptr(), contents.len()) };
        // SAFETY: the target is mapped, and the copy is waited for before the buffer goes.
        unsafe { self.driver.upload(&self.stream, address, &buffer, 0..contents.len()) }?;
        Ok(self.finish()?)
    }

    /// Enqueues launches.
    ///
    /// # Safety
    /// The addresses in their parameters are mapped until [`Device::finish`] has returned.
    pub unsafe fn launch(&self, launches: &[Launch]) -> DriverResult<()> {
        for launch in launches {
            // SAFETY: the caller's.
            unsafe { self.driver.launch(&self.stream, launch) }?;
        }
        Ok(())
    }

    /// Waits for everything that was enqueued.
    pub fn finish(&self) -> DriverResult<()> {
        self.driver.record(&self.event, &self.stream)?;
        self.driver.synchronize(&self.event)
    }
}

/// The geometry of steps with so many tokens, rows of logits and sequences.
pub fn geometry(facts: &DeviceFacts, rows: u32) -> Geometry {
    Geometry {
        multiprocessors: facts.multiprocessors,
        shared_bytes_per_block: facts.shared_bytes_per_block,
        deterministic: false,
        max_tokens: rows,
        max_rows: rows,
        max_sequences: rows,
    }
}

/// A step of which kernels see nothing but its counts, at this address.
pub const fn step_of_counts(header: u64) -> StepAddresses {
    StepAddresses {
        header,
        tokens: 0,
        positions: 0,
        token_sequences: 0,
        sequences: 0,
        block_tables: 0,
        logit_tokens: 0,
        hidden_tokens: 0,
    }
}

/// The counts of a step with so many tokens in one sequence, each with a row of logits.
pub fn header_bytes(rows: u32) -> Vec<u8> {
    [rows, rows, 1, 0].into_iter().flat_map(u32::to_le_bytes).collect()
}
