use std::ops::Range;
use std::ptr;
use std::sync::Arc;

use conduit_cuda_kernels::Launch;
use conduit_cuda_kernels::device::{fat_binaries, runs_on};
use cudarc::driver::sys;

use super::context::Context;
use super::devices;
use super::kernels::Kernels;
use super::memory::{DeviceMemory, NvidiaHostBuffer};
use super::open_error::OpenError;
use super::queue::{NvidiaEvent, NvidiaStream};
use crate::driver::{DeviceFacts, Driver, DriverError, DriverResult, HostBuffer, MemoryInfo};

/// A GPU, through the driver of its vendor. Dropping it waits for what is enqueued.
pub struct NvidiaDriver {
    // In the order in which they go: the kernels and the memory before what they are in.
    kernels: Kernels,
    memory: DeviceMemory,
    context: Arc<Context>,
    facts: DeviceFacts,
}

impl NvidiaDriver {
    /// Opens the GPU of an index, in CUDA's order from 0, and loads the kernels.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn open(index: usize) -> Result<Self, OpenError> {
        if fat_binaries().is_empty() {
            return Err(OpenError::NoKernels);
        }
        let count = devices::count()?;
        if index >= count {
            return Err(OpenError::NoSuchGpu { index, count });
        }
        let device = devices::device(index)?;
        let facts = devices::facts(device)?;
        if !runs_on(facts.compute_capability) {
            let DeviceFacts { name, compute_capability, .. } = facts;
            return Err(OpenError::UnsupportedGpu { name, compute_capability });
        }
        let context = Arc::new(Context::open(device)?);
        let memory = DeviceMemory::open(&context)?;
        let kernels = Kernels::load(&context, facts.shared_bytes_per_block)?;
        Ok(Self { kernels, memory, context, facts })
    }
}

impl Driver for NvidiaDriver {
    type HostBuffer = NvidiaHostBuffer;
    type Stream = NvidiaStream;
    type Event = NvidiaEvent;

    fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    fn memory_info(&self) -> DriverResult<MemoryInfo> {
        let (free_bytes, total_bytes) = self.context.memory_info()?;
        Ok(MemoryInfo { free_bytes, total_bytes })
    }

    fn reserve(&self, bytes: u64) -> DriverResult<u64> {
        self.memory.reserve(bytes)
    }

    fn map(&self, address: u64, bytes: u64) -> DriverResult<()> {
        self.memory.map(address, bytes)
    }

    unsafe fn unmap(&self, address: u64, bytes: u64) -> DriverResult<()> {
        // SAFETY: the caller's.
        unsafe { self.memory.unmap(address, bytes) }
    }

    fn host_buffer(&self, bytes: usize) -> DriverResult<NvidiaHostBuffer> {
        NvidiaHostBuffer::new(&self.context, bytes)
    }

    fn stream(&self) -> DriverResult<NvidiaStream> {
        NvidiaStream::new(&self.context)
    }

    fn event(&self) -> DriverResult<NvidiaEvent> {
        NvidiaEvent::new(&self.context)
    }

    unsafe fn upload(
        &self,
        stream: &NvidiaStream,
        target: u64,
        source: &NvidiaHostBuffer,
        range: Range<usize>,
    ) -> DriverResult<()> {
        // SAFETY: the range lies in the buffer, as the caller has seen to.
        let start = unsafe { source.as_ptr().add(range.start) }.cast();
        self.context.call("cuMemcpyHtoDAsync", || {
            // SAFETY: the caller keeps both sides as they are until the copy has run.
            unsafe { sys::cuMemcpyHtoDAsync_v2(target, start, range.len(), stream.stream) }
        })
    }

    unsafe fn download(
        &self,
        stream: &NvidiaStream,
        target: &NvidiaHostBuffer,
        range: Range<usize>,
        source: u64,
    ) -> DriverResult<()> {
        // SAFETY: the range lies in the buffer, as the caller has seen to.
        let start = unsafe { target.as_ptr().add(range.start) }.cast();
        self.context.call("cuMemcpyDtoHAsync", || {
            // SAFETY: the caller keeps both sides as they are until the copy has run.
            unsafe { sys::cuMemcpyDtoHAsync_v2(start, source, range.len(), stream.stream) }
        })
    }

    unsafe fn launch(&self, stream: &NvidiaStream, launch: &Launch) -> DriverResult<()> {
        let kernel = self.kernels.get(launch.kernel)?;
        let parameters = launch.params.as_bytes();
        if parameters.len() != kernel.parameter_bytes {
            return Err(DriverError::Unsupported(format!(
                "the kernel {} takes a parameter of {} bytes, it was given {}",
                launch.kernel,
                kernel.parameter_bytes,
                parameters.len()
            )));
        }
        let mut parameters = [parameters.as_ptr().cast_mut().cast()];
        let ([grid_x, grid_y, grid_z], [block_x, block_y, block_z]) = (launch.grid, launch.block);
        self.context.call("cuLaunchKernel", || {
            // SAFETY: the driver copies the parameter, whose size is the kernel's, before it returns; the addresses in it
            // are the caller's.
            unsafe {
                sys::cuLaunchKernel(
                    kernel.function,
                    grid_x,
                    grid_y,
                    grid_z,
                    block_x,
                    block_y,
                    block_z,
                    launch.shared_bytes,
                    stream.stream,
                    parameters.as_mut_ptr(),
                    ptr::null_mut(),
                )
            }
        })
    }

    fn record(&self, event: &NvidiaEvent, stream: &NvidiaStream) -> DriverResult<()> {
        // SAFETY: both belong to this context.
        self.context.call("cuEventRecord", || unsafe { sys::cuEventRecord(event.event, stream.stream) })
    }

    fn wait(&self, stream: &NvidiaStream, event: &NvidiaEvent) -> DriverResult<()> {
        // SAFETY: both belong to this context.
        self.context
            .call("cuStreamWaitEvent", || unsafe { sys::cuStreamWaitEvent(stream.stream, event.event, 0) })
    }

    fn synchronize(&self, event: &NvidiaEvent) -> DriverResult<()> {
        // SAFETY: it belongs to this context.
        self.context.call_always("cuEventSynchronize", || unsafe { sys::cuEventSynchronize(event.event) })
    }
}
