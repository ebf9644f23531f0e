use std::collections::BTreeMap;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::sys::{
    self, CUmemAccess_flags, CUmemAccessDesc, CUmemAllocationGranularity_flags, CUmemAllocationProp,
    CUmemAllocationType, CUmemLocation, CUmemLocationType,
};

use super::context::Context;
use crate::driver::{DriverError, DriverResult, HostBuffer, MAP_GRANULARITY_BYTES};

/// Reserved addresses and what lies behind them.
pub(super) struct DeviceMemory {
    context: Arc<Context>,
    /// Address and bytes of what was reserved.
    reserved: Mutex<BTreeMap<u64, u64>>,
    /// Address and bytes of what is mapped.
    mapped: Mutex<BTreeMap<u64, u64>>,
}

impl DeviceMemory {
    pub(super) fn open(context: &Arc<Context>) -> DriverResult<Self> {
        let properties = properties(context);
        let minimum = CUmemAllocationGranularity_flags::CU_MEM_ALLOC_GRANULARITY_MINIMUM;
        let mut bytes = 0;
        context.call("cuMemGetAllocationGranularity", || {
            // SAFETY: `bytes` may be written to, and the properties are whole.
            unsafe { sys::cuMemGetAllocationGranularity(&raw mut bytes, &raw const properties, minimum) }
        })?;
        if bytes == 0 || !MAP_GRANULARITY_BYTES.is_multiple_of(bytes as u64) {
            return Err(DriverError::Unsupported(format!(
                "the device maps memory in units of {bytes} bytes; expected a divisor of {MAP_GRANULARITY_BYTES}"
            )));
        }
        Ok(Self { context: Arc::clone(context), reserved: Mutex::default(), mapped: Mutex::default() })
    }

    pub(super) fn reserve(&self, bytes: u64) -> DriverResult<u64> {
        let mut address = 0;
        let alignment = MAP_GRANULARITY_BYTES as usize;
        self.context.allocate("cuMemAddressReserve", "addresses", bytes, || {
            // SAFETY: `address` may be written to.
            unsafe { sys::cuMemAddressReserve(&raw mut address, bytes as usize, alignment, 0, 0) }
        })?;
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner).insert(address, bytes);
        Ok(address)
    }

    pub(super) fn map(&self, address: u64, bytes: u64) -> DriverResult<()> {
        let (context, size) = (&self.context, bytes as usize);
        let properties = properties(context);
        let mut handle = 0;
        context.allocate("cuMemCreate", "device memory", bytes, || {
            // SAFETY: `handle` may be written to, and the properties are whole.
            unsafe { sys::cuMemCreate(&raw mut handle, size, &raw const properties, 0) }
        })?;
        // SAFETY: the handle is new, and the addresses are reserved and have nothing behind them, or the call fails.
        let mapped = context.call("cuMemMap", || unsafe { sys::cuMemMap(address, size, 0, handle, 0) });
        // SAFETY: the handle is not used again; the memory stays as long as it is mapped.
        context.release(|| unsafe { sys::cuMemRelease(handle) });
        mapped?;
        let access = CUmemAccessDesc {
            location: properties.location,
            flags: CUmemAccess_flags::CU_MEM_ACCESS_FLAGS_PROT_READWRITE,
        };
        let accessible = context.allocate("cuMemSetAccess", "device memory", bytes, || {
            // SAFETY: the range was mapped just now, and one description is passed.
            unsafe { sys::cuMemSetAccess(address, size, &raw const access, 1) }
        });
        if let Err(error) = accessible {
            // SAFETY: it was mapped just now, and nobody knows of it.
            context.release(|| unsafe { sys::cuMemUnmap(address, size) });
            return Err(error);
        }
        self.mapped.lock().unwrap_or_else(PoisonError::into_inner).insert(address, bytes);
        Ok(())
    }

    /// # Safety
    /// No work that is enqueued or running uses the memory.
    pub(super) unsafe fn unmap(&self, address: u64, bytes: u64) -> DriverResult<()> {
        self.mapped.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
        // SAFETY: the caller's.
        self.context.call("cuMemUnmap", || unsafe { sys::cuMemUnmap(address, bytes as usize) })
    }
}

impl Drop for DeviceMemory {
    fn drop(&mut self) {
        let lists = [&mut self.mapped, &mut self.reserved];
        let [mapped, reserved] =
            lists.map(|list| mem::take(list.get_mut().unwrap_or_else(PoisonError::into_inner)));
        self.context.release(|| {
            // SAFETY: waits for everything that could still use the memory; then gives back what was taken.
            unsafe {
                let result = sys::cuCtxSynchronize();
                for (address, bytes) in mapped {
                    sys::cuMemUnmap(address, bytes as usize);
                }
                for (address, bytes) in reserved {
                    sys::cuMemAddressFree(address, bytes as usize);
                }
                result
            }
        });
    }
}

/// Memory of the device itself, for this process alone.
fn properties(context: &Context) -> CUmemAllocationProp {
    // SAFETY: the structure's enumerations all have a variant for 0, and its pointer may be null.
    let mut properties: CUmemAllocationProp = unsafe { mem::zeroed() };
    properties.type_ = CUmemAllocationType::CU_MEM_ALLOCATION_TYPE_PINNED;
    properties.location =
        CUmemLocation { type_: CUmemLocationType::CU_MEM_LOCATION_TYPE_DEVICE, id: context.device };
    properties
}

/// Page-locked memory of the host.
pub struct NvidiaHostBuffer {
    context: Arc<Context>,
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: it is memory; who reads and writes it sees to the order.
unsafe impl Send for NvidiaHostBuffer {}
// SAFETY: as above.
unsafe impl Sync for NvidiaHostBuffer {}

impl NvidiaHostBuffer {
    pub(super) fn new(context: &Arc<Context>, bytes: usize) -> DriverResult<Self> {
        let bytes = bytes.max(1);
        let mut start = ptr::null_mut();
        context.allocate("cuMemHostAlloc", "page-locked host memory", bytes as u64, || {
            // SAFETY: `start` may be written to.
            unsafe { sys::cuMemHostAlloc(&raw mut start, bytes, 0) }
        })?;
        let start = NonNull::new(start.cast())
            .ok_or_else(|| DriverError::Other("no address from cuMemHostAlloc".to_owned()))?;
        Ok(Self { context: Arc::clone(context), start, bytes })
    }
}

impl HostBuffer for NvidiaHostBuffer {
    fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    fn len(&self) -> usize {
        self.bytes
    }
}

impl Drop for NvidiaHostBuffer {
    fn drop(&mut self) {
        let start = self.start.as_ptr().cast();
        // SAFETY: it was allocated in `new`, and no copy uses it any more, as the trait asks.
        self.context.release(|| unsafe { sys::cuMemFreeHost(start) });
    }
}
