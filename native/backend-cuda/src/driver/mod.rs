//! What the backend asks of a device: the part of CUDA's driver API that it uses, and nothing else.

mod error;
mod facts;
#[cfg(feature = "host")]
pub mod host;

use std::ops::Range;

use conduit_cuda_kernels::Launch;

pub use error::{DriverError, DriverResult};
pub use facts::{DeviceFacts, MemoryInfo};

/// Unit of [`Driver::map`]: addresses and sizes are multiples of it on every device that the backend supports.
pub const MAP_GRANULARITY_BYTES: u64 = 2 << 20;

/// One device.
///
/// Work given to a stream runs in its order; streams run beside each other, except where one waits for an event. A device
/// that fails stays failed: every later call returns the error, whichever call or kernel caused it. Calls may come from any
/// thread.
pub trait Driver: Send + Sync + 'static {
    /// Page-locked memory of the host; freed when dropped.
    type HostBuffer: HostBuffer;
    /// A queue of the device. Dropping it does not wait for what is enqueued.
    type Stream: Send + Sync + 'static;
    /// A point in a stream's work. Dropping it does not wait.
    type Event: Send + Sync + 'static;

    /// What does not change while the device is open.
    fn facts(&self) -> &DeviceFacts;

    /// Bytes of device memory now, as all processes on it use it.
    fn memory_info(&self) -> DriverResult<MemoryInfo>;

    /// Reserves device addresses, aligned to [`MAP_GRANULARITY_BYTES`], with no memory behind them
    /// (`cuMemAddressReserve`). They are never given back while the device is open.
    fn reserve(&self, bytes: u64) -> DriverResult<u64>;

    /// Puts memory of the device behind reserved addresses (`cuMemCreate`, `cuMemMap`, `cuMemSetAccess`). Its content is
    /// unspecified.
    ///
    /// # Errors
    /// [`DriverError::OutOfMemory`], and nothing is mapped.
    fn map(&self, address: u64, bytes: u64) -> DriverResult<()>;

    /// Gives back what one call of [`Driver::map`] with the same address and size has mapped.
    ///
    /// # Safety
    /// No work that is enqueued or running uses the memory.
    unsafe fn unmap(&self, address: u64, bytes: u64) -> DriverResult<()>;

    /// Allocates page-locked memory of the host (`cuMemHostAlloc`); its content is unspecified. Slow: never during a step.
    fn host_buffer(&self, bytes: usize) -> DriverResult<Self::HostBuffer>;

    /// Opens a stream that does not wait for the default stream (`CU_STREAM_NON_BLOCKING`).
    fn stream(&self) -> DriverResult<Self::Stream>;

    /// Makes an event without timing (`CU_EVENT_DISABLE_TIMING`). Waiting for one that was never recorded returns at once.
    fn event(&self) -> DriverResult<Self::Event>;

    /// Enqueues a copy of `source[range]` to the device (`cuMemcpyHtoDAsync`).
    ///
    /// # Safety
    /// `target` is mapped for `range.len()` bytes, `range` lies in `source`, and until the copy has run nothing unmaps the
    /// target, drops `source`, or writes to the range.
    unsafe fn upload(
        &self,
        stream: &Self::Stream,
        target: u64,
        source: &Self::HostBuffer,
        range: Range<usize>,
    ) -> DriverResult<()>;

    /// Enqueues a copy of `range.len()` bytes from the device into `target[range]` (`cuMemcpyDtoHAsync`).
    ///
    /// # Safety
    /// As for [`Driver::upload`], and nothing reads the range before the copy has run.
    unsafe fn download(
        &self,
        stream: &Self::Stream,
        target: &Self::HostBuffer,
        range: Range<usize>,
        source: u64,
    ) -> DriverResult<()>;

    /// Enqueues a kernel (`cuLaunchKernel`).
    ///
    /// # Errors
    /// What the launch itself fails with; what the kernel does to the device shows at a later call.
    ///
    /// # Safety
    /// The addresses in the launch's parameters are mapped as the kernel uses them until it has run.
    unsafe fn launch(&self, stream: &Self::Stream, launch: &Launch) -> DriverResult<()>;

    /// Notes in `event` the end of what is enqueued in `stream` now (`cuEventRecord`). A later call moves the event.
    fn record(&self, event: &Self::Event, stream: &Self::Stream) -> DriverResult<()>;

    /// Has what is enqueued in `stream` from now on wait for the event as it is recorded now (`cuStreamWaitEvent`).
    fn wait(&self, stream: &Self::Stream, event: &Self::Event) -> DriverResult<()>;

    /// Waits on the host until the event, as it is recorded now, has come (`cuEventSynchronize`).
    ///
    /// # Errors
    /// What the device failed with, in work before the event or any other.
    fn synchronize(&self, event: &Self::Event) -> DriverResult<()>;
}

/// Page-locked memory of the host, aligned to 256 bytes.
///
/// A raw pointer, because the device reads and writes it beside the host: who uses it sees to the order.
#[expect(clippy::len_without_is_empty, reason = "a buffer of no bytes cannot be allocated")]
pub trait HostBuffer: Send + Sync + 'static {
    /// First byte; the same as long as the buffer lives.
    fn as_ptr(&self) -> *mut u8;

    /// Bytes of the buffer; at least those asked for.
    fn len(&self) -> usize;
}
