use std::fs;
use std::sync::OnceLock;

use conduit_cuda_kernels::device::CUDA_VERSION;
use cudarc::driver::sys::{self, CUdevice, CUdevice_attribute, CUresult};

use super::error::check;
use super::open_error::OpenError;
use crate::driver::{DeviceFacts, DriverResult};

/// The GPUs that this process sees, in CUDA's order.
///
/// # Errors
/// [`OpenError::NoDriver`], [`OpenError::NoGpu`], [`OpenError::DriverTooOld`], or what the driver fails with.
pub fn devices() -> Result<Vec<DeviceFacts>, OpenError> {
    (0..count()?).map(|index| Ok(facts(device(index)?)?)).collect()
}

/// Number of GPUs; never 0.
pub(super) fn count() -> Result<usize, OpenError> {
    initialise()?;
    let mut count = 0;
    // SAFETY: `count` may be written to.
    check(unsafe { sys::cuDeviceGetCount(&raw mut count) }, "cuDeviceGetCount")?;
    match usize::try_from(count) {
        Ok(0) | Err(_) => Err(OpenError::NoGpu),
        Ok(count) => Ok(count),
    }
}

/// The device of an index.
pub(super) fn device(index: usize) -> DriverResult<CUdevice> {
    let mut device = 0;
    // SAFETY: `device` may be written to.
    check(unsafe { sys::cuDeviceGet(&raw mut device, index as i32) }, "cuDeviceGet")?;
    Ok(device)
}

pub(super) fn facts(device: CUdevice) -> DriverResult<DeviceFacts> {
    use CUdevice_attribute::{
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR as MAJOR,
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR as MINOR,
        CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN as SHARED_BYTES,
        CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT as MULTIPROCESSORS,
    };
    let mut name = [0u8; 256];
    let length = name.len() as i32;
    // SAFETY: the text, its zero included, is at most as long as the buffer.
    let named = unsafe { sys::cuDeviceGetName(name.as_mut_ptr().cast(), length, device) };
    check(named, "cuDeviceGetName")?;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(DeviceFacts {
        name: String::from_utf8_lossy(name).into_owned(),
        compute_capability: (attribute(device, MAJOR)?, attribute(device, MINOR)?),
        multiprocessors: attribute(device, MULTIPROCESSORS)?,
        shared_bytes_per_block: attribute(device, SHARED_BYTES)?,
    })
}

pub(super) fn attribute(device: CUdevice, attribute: CUdevice_attribute) -> DriverResult<u32> {
    let mut value = 0;
    // SAFETY: `value` may be written to.
    check(unsafe { sys::cuDeviceGetAttribute(&raw mut value, attribute, device) }, "cuDeviceGetAttribute")?;
    Ok(value.try_into().unwrap_or(0))
}

/// Loads the driver and sees whether it is new enough.
fn initialise() -> Result<(), OpenError> {
    static DONE: OnceLock<Result<(), OpenError>> = OnceLock::new();
    DONE.get_or_init(|| {
        // SAFETY: loading the driver runs what it does when it is loaded, as every CUDA program does.
        if !unsafe { sys::is_culib_present() } {
            return Err(OpenError::NoDriver);
        }
        // SAFETY: the driver's first call, with the only value that its flags may have.
        match unsafe { sys::cuInit(0) } {
            CUresult::CUDA_ERROR_NO_DEVICE => return Err(OpenError::NoGpu),
            result => check(result, "cuInit")?,
        }
        let known = cuda_version()?;
        if known < CUDA_VERSION {
            let (major, minor) = known;
            let version = driver_version().map_or(String::new(), |version| format!("{version}, "));
            return Err(OpenError::DriverTooOld { found: format!("({version}CUDA {major}.{minor})") });
        }
        Ok(())
    })
    .clone()
}

/// The newest CUDA version that the driver knows.
fn cuda_version() -> DriverResult<(u32, u32)> {
    let mut version = 0;
    // SAFETY: `version` may be written to.
    check(unsafe { sys::cuDriverGetVersion(&raw mut version) }, "cuDriverGetVersion")?;
    let version = u32::try_from(version).unwrap_or(0);
    Ok((version / 1000, version % 1000 / 10))
}

/// The driver's own version, such as `580.95.05`; `None` where the system does not tell it.
pub fn driver_version() -> Option<String> {
    parse_driver_version(&fs::read_to_string("/proc/driver/nvidia/version").ok()?)
}

/// The first word of the first line that is numbers and points alone.
fn parse_driver_version(text: &str) -> Option<String> {
    let is_version = |word: &&str| {
        word.contains('.') && word.chars().all(|character| character.is_ascii_digit() || character == '.')
    };
    text.lines().next()?.split_whitespace().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_kernel_modules_tell_their_version() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC version:  gcc version 12.2.0";
        let open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22)";
        assert_eq!(parse_driver_version(closed).as_deref(), Some("535.183.01"));
        assert_eq!(parse_driver_version(open).as_deref(), Some("580.95.05"));
        assert_eq!(parse_driver_version(""), None);
    }
}
