use std::collections::HashMap;
use std::ffi::CString;
use std::ptr;

use cudarc::driver::sys::{self, CUcontext, CUdevice_attribute, CUfunction, CUfunction_attribute, CUresult};

use crate::Launch;
use crate::device::fat_binaries;

/// A GPU as tests of kernels need it: each allocation of its own, as a sanitizer wants it, and nothing asynchronous.
pub struct Gpu {
    context: CUcontext,
    kernels: HashMap<&'static str, CUfunction>,
    pub multiprocessors: u32,
    pub shared_bytes_per_block: u32,
}

// SAFETY: CUDA's contexts and functions may be used from any thread.
unsafe impl Send for Gpu {}
// SAFETY: as above.
unsafe impl Sync for Gpu {}

impl Gpu {
    /// Opens the GPU with all kernels of the build.
    pub fn open(index: i32) -> Result<Self, String> {
        let (mut device, mut context) = (0, ptr::null_mut());
        // SAFETY: as the documentation of each function says; everything that is written to may be.
        unsafe {
            check(sys::cuInit(0), "cuInit")?;
            check(sys::cuDeviceGet(&raw mut device, index), "cuDeviceGet")?;
            check(sys::cuDevicePrimaryCtxRetain(&raw mut context, device), "cuDevicePrimaryCtxRetain")?;
        }
        let attribute = |attribute| {
            let mut value = 0;
            // SAFETY: `value` may be written to.
            let read = unsafe { sys::cuDeviceGetAttribute(&raw mut value, attribute, device) };
            check(read, "cuDeviceGetAttribute")?;
            Ok::<_, String>(value)
        };
        let multiprocessors = attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
        let shared_bytes =
            attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?;
        let mut gpu = Self {
            context,
            kernels: HashMap::new(),
            multiprocessors: multiprocessors as u32,
            shared_bytes_per_block: shared_bytes as u32,
        };
        gpu.enter()?;
        for fat_binary in fat_binaries() {
            let mut module = ptr::null_mut();
            // SAFETY: `module` may be written to, and nvcc made the image.
            let loaded = unsafe { sys::cuModuleLoadData(&raw mut module, fat_binary.bytes.as_ptr().cast()) };
            check(loaded, fat_binary.name)?;
            for name in fat_binary.kernels {
                let mut function = ptr::null_mut();
                let text = CString::new(*name).map_err(|error| error.to_string())?;
                // SAFETY: `function` may be written to, the module is loaded, and the text ends in a zero.
                check(unsafe { sys::cuModuleGetFunction(&raw mut function, module, text.as_ptr()) }, name)?;
                gpu.kernels.insert(name, function);
            }
        }
        Ok(gpu)
    }

    /// Makes the device's context that of this thread.
    fn enter(&self) -> Result<(), String> {
        // SAFETY: the context is never released.
        check(unsafe { sys::cuCtxSetCurrent(self.context) }, "cuCtxSetCurrent")
    }

    pub fn allocate(&self, bytes: usize) -> Result<u64, String> {
        self.enter()?;
        let mut address = 0;
        // SAFETY: `address` may be written to.
        check(unsafe { sys::cuMemAlloc_v2(&raw mut address, bytes) }, "cuMemAlloc")?;
        Ok(address)
    }

    pub fn free(&self, address: u64) {
        if self.enter().is_ok() {
            // SAFETY: it was allocated, and nothing runs between calls.
            let _ = unsafe { sys::cuMemFree_v2(address) };
        }
    }

    pub fn write(&self, target: u64, source: &[u8]) -> Result<(), String> {
        self.enter()?;
        // SAFETY: the allocation has the length of its mirror.
        check(unsafe { sys::cuMemcpyHtoD_v2(target, source.as_ptr().cast(), source.len()) }, "cuMemcpyHtoD")
    }

    pub fn read(&self, target: &mut [u8], source: u64) -> Result<(), String> {
        self.enter()?;
        // SAFETY: the allocation has the length of its mirror.
        check(
            unsafe { sys::cuMemcpyDtoH_v2(target.as_mut_ptr().cast(), source, target.len()) },
            "cuMemcpyDtoH",
        )
    }

    /// Runs a launch to its end.
    ///
    /// # Safety
    /// The addresses in its parameters are valid for what the kernel does with them.
    pub unsafe fn launch(&self, launch: &Launch) -> Result<(), String> {
        self.enter()?;
        let function =
            self.kernels.get(launch.kernel).ok_or_else(|| format!("no kernel {}", launch.kernel))?;
        let parameters = launch.params.as_bytes();
        let (mut offset, mut size) = (0, 0);
        // SAFETY: both numbers may be written to.
        let read = unsafe { sys::cuFuncGetParamInfo(*function, 0, &raw mut offset, &raw mut size) };
        check(read, "cuFuncGetParamInfo")?;
        if size != parameters.len() {
            return Err(format!("{} takes {size} bytes, it was given {}", launch.kernel, parameters.len()));
        }
        let attribute = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        let mut parameters = [parameters.as_ptr().cast_mut().cast()];
        let ([grid_x, grid_y, grid_z], [block_x, block_y, block_z]) = (launch.grid, launch.block);
        // SAFETY: the driver copies the parameter, whose size is the kernel's; the addresses in it are the caller's.
        unsafe {
            check(sys::cuFuncSetAttribute(*function, attribute, launch.shared_bytes as i32), launch.kernel)?;
            let launched = sys::cuLaunchKernel(
                *function,
                grid_x,
                grid_y,
                grid_z,
                block_x,
                block_y,
                block_z,
                launch.shared_bytes,
                ptr::null_mut(),
                parameters.as_mut_ptr(),
                ptr::null_mut(),
            );
            check(launched, launch.kernel)?;
            check(sys::cuCtxSynchronize(), launch.kernel)
        }
    }
}

fn check(result: CUresult, what: &str) -> Result<(), String> {
    if result == CUresult::CUDA_SUCCESS { Ok(()) } else { Err(format!("{what}: {result:?}")) }
}
