use std::ptr;
use std::sync::OnceLock;

use cudarc::driver::sys::{self, CUcontext, CUdevice, CUresult};

use super::error::check;
use crate::driver::{DriverError, DriverResult};

/// The device's primary context, held until everything made in it is gone.
pub(super) struct Context {
    pub(super) device: CUdevice,
    context: CUcontext,
    /// The first error that the context does not outlive.
    failure: OnceLock<DriverError>,
}

// SAFETY: CUDA's contexts may be used from any thread.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    pub(super) fn open(device: CUdevice) -> DriverResult<Self> {
        let mut context = ptr::null_mut();
        // SAFETY: `context` may be written to.
        let result = unsafe { sys::cuDevicePrimaryCtxRetain(&raw mut context, device) };
        check(result, "cuDevicePrimaryCtxRetain")?;
        Ok(Self { device, context, failure: OnceLock::new() })
    }

    /// Calls the driver with this context current; an error that the context does not outlive stays.
    pub(super) fn call(&self, name: &'static str, call: impl FnOnce() -> CUresult) -> DriverResult<()> {
        match self.failure.get() {
            Some(failure) => Err(failure.clone()),
            None => self.call_always(name, call),
        }
    }

    /// As [`Context::call`], also where there was an error that stays, which is then returned: for what others rely on.
    pub(super) fn call_always(
        &self,
        name: &'static str,
        call: impl FnOnce() -> CUresult,
    ) -> DriverResult<()> {
        // SAFETY: the context is retained as long as `self` lives.
        let current = check(unsafe { sys::cuCtxSetCurrent(self.context) }, "cuCtxSetCurrent");
        let result = current.and_then(|()| check(call(), name));
        if let Err(error) = &result
            && !matches!(error, DriverError::Unsupported(_) | DriverError::OutOfMemory { .. })
        {
            let _ = self.failure.set(error.clone());
        }
        self.failure.get().map_or(result, |failure| Err(failure.clone()))
    }

    /// As [`Context::call`], with memory that there is not told apart.
    pub(super) fn allocate(
        &self,
        name: &'static str,
        what: &str,
        bytes: u64,
        call: impl FnOnce() -> CUresult,
    ) -> DriverResult<()> {
        let mut lacks_memory = false;
        self.call(name, || {
            let result = call();
            lacks_memory = result == CUresult::CUDA_ERROR_OUT_OF_MEMORY;
            if lacks_memory { CUresult::CUDA_SUCCESS } else { result }
        })?;
        if !lacks_memory {
            return Ok(());
        }
        let (available_bytes, _) = self.memory_info()?;
        Err(DriverError::OutOfMemory { what: what.to_owned(), needed_bytes: bytes, available_bytes })
    }

    /// Calls the driver to give something back, where errors have nobody left to be told to.
    pub(super) fn release(&self, call: impl FnOnce() -> CUresult) {
        // SAFETY: the context is retained as long as `self` lives.
        if unsafe { sys::cuCtxSetCurrent(self.context) } == CUresult::CUDA_SUCCESS {
            call();
        }
    }

    /// Free and all bytes.
    pub(super) fn memory_info(&self) -> DriverResult<(u64, u64)> {
        let (mut free, mut total) = (0, 0);
        // SAFETY: both numbers may be written to.
        self.call("cuMemGetInfo", || unsafe { sys::cuMemGetInfo_v2(&raw mut free, &raw mut total) })?;
        Ok((free as u64, total as u64))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it was retained once, in `open`. An error has nobody left to be told to.
        let _ = unsafe { sys::cuDevicePrimaryCtxRelease_v2(self.device) };
    }
}
