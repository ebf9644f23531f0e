use std::ffi::CStr;
use std::ptr;

use cudarc::driver::sys::{self, CUresult};

use crate::driver::DriverError;

/// The driver's answer, with the name of the call in the error. Memory is told apart where it is asked for.
pub(super) fn check(result: CUresult, call: &'static str) -> Result<(), DriverError> {
    match result {
        CUresult::CUDA_SUCCESS => Ok(()),
        error => Err(to_error(error, call)),
    }
}

fn to_error(error: CUresult, call: &'static str) -> DriverError {
    use CUresult::{
        CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, CUDA_ERROR_CONTAINED, CUDA_ERROR_CONTEXT_IS_DESTROYED,
        CUDA_ERROR_DEINITIALIZED, CUDA_ERROR_DEVICE_UNAVAILABLE, CUDA_ERROR_ECC_UNCORRECTABLE,
        CUDA_ERROR_ILLEGAL_ADDRESS, CUDA_ERROR_INVALID_ADDRESS_SPACE, CUDA_ERROR_INVALID_PC,
        CUDA_ERROR_LAUNCH_TIMEOUT, CUDA_ERROR_MISALIGNED_ADDRESS, CUDA_ERROR_NO_BINARY_FOR_GPU,
        CUDA_ERROR_NOT_SUPPORTED, CUDA_ERROR_NVLINK_UNCORRECTABLE, CUDA_ERROR_STUB_LIBRARY,
        CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, CUDA_ERROR_SYSTEM_NOT_READY, CUDA_ERROR_UNKNOWN,
        CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
    };
    let what = format!("{} ({}) from {call}", name(error), error as u32);
    match error {
        CUDA_ERROR_ILLEGAL_ADDRESS
        | CUDA_ERROR_MISALIGNED_ADDRESS
        | CUDA_ERROR_INVALID_ADDRESS_SPACE
        | CUDA_ERROR_INVALID_PC => DriverError::IllegalAddress(what),
        CUDA_ERROR_ECC_UNCORRECTABLE
        | CUDA_ERROR_NVLINK_UNCORRECTABLE
        | CUDA_ERROR_CONTAINED
        | CUDA_ERROR_DEVICE_UNAVAILABLE
        | CUDA_ERROR_LAUNCH_TIMEOUT
        | CUDA_ERROR_CONTEXT_IS_DESTROYED
        | CUDA_ERROR_DEINITIALIZED
        | CUDA_ERROR_UNKNOWN => DriverError::Lost(what),
        CUDA_ERROR_NOT_SUPPORTED
        | CUDA_ERROR_NO_BINARY_FOR_GPU
        | CUDA_ERROR_UNSUPPORTED_PTX_VERSION
        | CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
        | CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE
        | CUDA_ERROR_SYSTEM_NOT_READY
        | CUDA_ERROR_STUB_LIBRARY => DriverError::Unsupported(what),
        _ => DriverError::Other(what),
    }
}

/// CUDA's own name of an error.
fn name(error: CUresult) -> String {
    let mut text = ptr::null();
    // SAFETY: `text` may be written to; the driver is loaded, since it gave the error.
    let known = unsafe { sys::cuGetErrorName(error, &raw mut text) } == CUresult::CUDA_SUCCESS;
    if known && !text.is_null() {
        // SAFETY: the driver gives a static text that ends in a zero.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    } else {
        format!("{error:?}")
    }
}
