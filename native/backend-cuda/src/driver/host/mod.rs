//! A device made of this process, for tests: the backend's host side and its kernels run as they do on a GPU, and fail as
//! they would there.

mod address_space;
mod buffer;
mod event;
mod fault;
mod gate;
mod kernels;
mod state;
mod stream;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use conduit_cuda_kernels::Launch;

use super::{DeviceFacts, Driver, DriverError, DriverResult, MemoryInfo};
use address_space::AddressSpace;
pub use buffer::HostMemory;
pub use event::HostEvent;
pub use fault::Fault;
use gate::Gate;
use state::State;
pub use stream::HostStream;
use stream::{Device, Job};

/// What a [`HostDriver`] pretends to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOptions {
    /// Default: 1 GiB.
    pub total_bytes: u64,
    /// Default: 4.
    pub multiprocessors: u32,
    /// How long every copy takes before it begins, so that what does not wait for it is seen. Default: not at all.
    pub copy_delay: Duration,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self { total_bytes: 1 << 30, multiprocessors: 4, copy_delay: Duration::ZERO }
    }
}

/// A device of this process.
///
/// Memory lies at addresses that were reserved, is full of NaN when it is mapped, and ends the process when a kernel uses it
/// while it is not. Streams are threads. Copies are checked against what is mapped.
pub struct HostDriver {
    facts: DeviceFacts,
    device: Arc<Device>,
}

impl HostDriver {
    /// A device as the options say.
    pub fn new(options: &HostOptions) -> Self {
        let facts = DeviceFacts {
            name: "host".into(),
            compute_capability: (8, 0),
            multiprocessors: options.multiprocessors,
            shared_bytes_per_block: 99 << 10,
        };
        let device = Device {
            addresses: AddressSpace::new(options.total_bytes),
            state: Arc::new(State::default()),
            gate: Gate::default(),
            copy_delay: options.copy_delay,
        };
        Self { facts, device: Arc::new(device) }
    }

    /// Has the device fail once, when `after` calls of that kind have gone well.
    pub fn inject(&self, fault: Fault, after: usize) {
        self.device.state.inject(fault, after);
    }

    /// Kernels that have run, or are running.
    pub fn kernels(&self) -> usize {
        self.device.gate.passed()
    }

    /// Lets so many kernels more run; others wait for [`HostDriver::release_kernels`].
    pub fn hold_kernels_after(&self, kernels: usize) {
        self.device.gate.close_after(kernels);
    }

    /// Lets all kernels run.
    pub fn release_kernels(&self) {
        self.device.gate.open();
    }

    fn check(&self) -> DriverResult<()> {
        self.device.state.check()
    }
}

impl Driver for HostDriver {
    type HostBuffer = HostMemory;
    type Stream = HostStream;
    type Event = HostEvent;

    fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    fn memory_info(&self) -> DriverResult<MemoryInfo> {
        self.check()?;
        Ok(self.device.addresses.info())
    }

    fn reserve(&self, bytes: u64) -> DriverResult<u64> {
        self.check()?;
        self.device.addresses.reserve(bytes)
    }

    fn map(&self, address: u64, bytes: u64) -> DriverResult<()> {
        self.check()?;
        if self.device.state.is_due(Fault::Map) {
            let what = "device memory (injected)".into();
            return Err(DriverError::OutOfMemory { what, needed_bytes: bytes, available_bytes: 0 });
        }
        self.device.addresses.map(address, bytes)
    }

    unsafe fn unmap(&self, address: u64, bytes: u64) -> DriverResult<()> {
        // SAFETY: as the caller's.
        unsafe { self.device.addresses.unmap(address, bytes) }
    }

    fn host_buffer(&self, bytes: usize) -> DriverResult<HostMemory> {
        self.check()?;
        if self.device.state.is_due(Fault::HostBuffer) {
            let what = "page-locked memory (injected)".into();
            return Err(DriverError::OutOfMemory { what, needed_bytes: bytes as u64, available_bytes: 0 });
        }
        HostMemory::new(bytes, Arc::clone(&self.device.state))
    }

    fn stream(&self) -> DriverResult<HostStream> {
        self.check()?;
        HostStream::new(Arc::clone(&self.device))
    }

    fn event(&self) -> DriverResult<HostEvent> {
        self.check()?;
        Ok(HostEvent::default())
    }

    unsafe fn upload(
        &self,
        stream: &HostStream,
        target: u64,
        source: &HostMemory,
        range: Range<usize>,
    ) -> DriverResult<()> {
        self.check()?;
        stream.enqueue(Job::Upload { target, source: source.share(), range })
    }

    unsafe fn download(
        &self,
        stream: &HostStream,
        target: &HostMemory,
        range: Range<usize>,
        source: u64,
    ) -> DriverResult<()> {
        self.check()?;
        stream.enqueue(Job::Download { target: target.share(), range, source })
    }

    unsafe fn launch(&self, stream: &HostStream, launch: &Launch) -> DriverResult<()> {
        self.check()?;
        if self.device.state.is_due(Fault::Launch) {
            let error = DriverError::Other(format!("a launch of {} that failed (injected)", launch.kernel));
            self.device.state.fail(error.clone());
            return Err(error);
        }
        stream.enqueue(Job::Launch(Box::new(launch.clone())))
    }

    /// Also where the device has failed: who waits for the event then knows that its stream does nothing more.
    fn record(&self, event: &HostEvent, stream: &HostStream) -> DriverResult<()> {
        stream.enqueue(Job::Record(event.clone(), event.record()))?;
        self.check()
    }

    fn wait(&self, stream: &HostStream, event: &HostEvent) -> DriverResult<()> {
        self.check()?;
        stream.enqueue(Job::Wait(event.clone(), event.recorded()))
    }

    fn synchronize(&self, event: &HostEvent) -> DriverResult<()> {
        event.wait_for(event.recorded());
        self.check()
    }
}

#[cfg(test)]
mod tests;
