use std::sync::Arc;

use conduit_backend::{BackendError, Result};

use crate::device::Device;
use crate::driver::{Driver, MAP_GRANULARITY_BYTES};

/// Device memory that only grows, in place: addresses are reserved for the most it may become, memory is mapped for what it
/// is. So plans that were recorded before it grew keep their addresses, and may run while it does.
pub(crate) struct Range<D: Driver> {
    device: Arc<Device<D>>,
    what: &'static str,
    address: u64,
    reserved_bytes: u64,
    /// Sizes of what is mapped, from the start on.
    mapped: Vec<u64>,
    mapped_bytes: u64,
}

impl<D: Driver> Range<D> {
    /// Reserves addresses; `what` names the range in errors.
    pub fn new(device: &Arc<Device<D>>, what: &'static str, reserved_bytes: u64) -> Result<Self> {
        let address = device.call(|driver| driver.reserve(reserved_bytes))?;
        let device = Arc::clone(device);
        Ok(Self { device, what, address, reserved_bytes, mapped: Vec::new(), mapped_bytes: 0 })
    }

    pub fn address(&self) -> u64 {
        self.address
    }

    pub fn mapped_bytes(&self) -> u64 {
        self.mapped_bytes
    }

    /// Makes room for `bytes`.
    ///
    /// # Errors
    /// `OutOfMemory`, and nothing is changed.
    pub fn grow(&mut self, bytes: u64) -> Result<()> {
        if bytes <= self.mapped_bytes {
            return Ok(());
        }
        let refused = |available_bytes| BackendError::OutOfMemory {
            what: self.what.into(),
            needed_bytes: bytes,
            available_bytes,
        };
        if bytes > self.reserved_bytes {
            return Err(refused(self.reserved_bytes));
        }
        let more = (bytes - self.mapped_bytes).next_multiple_of(MAP_GRANULARITY_BYTES);
        let start = self.address + self.mapped_bytes;
        self.device.call(|driver| driver.map(start, more)).map_err(|error| match error {
            BackendError::OutOfMemory { available_bytes, .. } => refused(available_bytes),
            error => error,
        })?;
        self.mapped.push(more);
        self.mapped_bytes += more;
        Ok(())
    }
}

impl<D: Driver> Drop for Range<D> {
    fn drop(&mut self) {
        let mut address = self.address;
        for bytes in &self.mapped {
            // A device that cannot unmap has failed, and its memory goes with its context.
            // SAFETY: whoever owns the range drops it once the device has done everything that uses it.
            let _ = unsafe { self.device.driver().unmap(address, *bytes) };
            address += bytes;
        }
    }
}
