use std::collections::HashMap;
use std::ffi::CString;
use std::ptr;
use std::sync::Arc;

use conduit_cuda_kernels::device::{FatBinary, fat_binaries};
use cudarc::driver::sys::{self, CUfunction, CUfunction_attribute, CUmodule};

use super::context::Context;
use crate::driver::{DriverError, DriverResult};

/// A kernel on the device.
#[derive(Clone, Copy)]
pub(super) struct Kernel {
    pub(super) function: CUfunction,
    /// Bytes of its one parameter.
    pub(super) parameter_bytes: usize,
}

/// All kernels of the build, loaded: nothing is loaded or allocated by a launch.
pub(super) struct Kernels {
    context: Arc<Context>,
    modules: Vec<CUmodule>,
    by_name: HashMap<&'static str, Kernel>,
}

// SAFETY: CUDA's modules and functions may be used from any thread.
unsafe impl Send for Kernels {}
// SAFETY: as above.
unsafe impl Sync for Kernels {}

impl Kernels {
    /// Loads the kernels; each may take all of `shared_bytes_per_block`.
    pub(super) fn load(context: &Arc<Context>, shared_bytes_per_block: u32) -> DriverResult<Self> {
        let mut kernels = Self { context: Arc::clone(context), modules: Vec::new(), by_name: HashMap::new() };
        for fat_binary in fat_binaries() {
            kernels.load_module(fat_binary, shared_bytes_per_block)?;
        }
        Ok(kernels)
    }

    pub(super) fn get(&self, name: &str) -> DriverResult<Kernel> {
        let known = self.by_name.get(name).copied();
        known.ok_or_else(|| DriverError::Unsupported(format!("this build has no kernel {name}")))
    }

    fn load_module(&mut self, fat_binary: &FatBinary, shared_bytes_per_block: u32) -> DriverResult<()> {
        let mut module = ptr::null_mut();
        let image = fat_binary.bytes.as_ptr().cast();
        // SAFETY: `module` may be written to, and nvcc made the image.
        self.context.call("cuModuleLoadData", || unsafe { sys::cuModuleLoadData(&raw mut module, image) })?;
        self.modules.push(module);
        for name in fat_binary.kernels {
            let kernel = self.load_kernel(module, name, shared_bytes_per_block)?;
            self.by_name.insert(name, kernel);
        }
        Ok(())
    }

    fn load_kernel(&self, module: CUmodule, name: &str, shared_bytes_per_block: u32) -> DriverResult<Kernel> {
        let text = CString::new(name)
            .map_err(|_| DriverError::Other(format!("a kernel's name with a zero in it: {name:?}")))?;
        let mut function = ptr::null_mut();
        self.context.call("cuModuleGetFunction", || {
            // SAFETY: `function` may be written to, the module is loaded, and the text ends in a zero.
            unsafe { sys::cuModuleGetFunction(&raw mut function, module, text.as_ptr()) }
        })?;
        // SAFETY: the function belongs to a loaded module.
        self.context.call("cuFuncLoad", || unsafe { sys::cuFuncLoad(function) })?;
        let (mut offset, mut parameter_bytes) = (0, 0);
        self.context.call("cuFuncGetParamInfo", || {
            // SAFETY: both numbers may be written to, and every kernel has a parameter.
            unsafe { sys::cuFuncGetParamInfo(function, 0, &raw mut offset, &raw mut parameter_bytes) }
        })?;
        let mut static_bytes = 0;
        self.context.call("cuFuncGetAttribute", || {
            let attribute = CUfunction_attribute::CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES;
            // SAFETY: `static_bytes` may be written to.
            unsafe { sys::cuFuncGetAttribute(&raw mut static_bytes, attribute, function) }
        })?;
        let dynamic_bytes = i64::from(shared_bytes_per_block) - i64::from(static_bytes);
        let dynamic_bytes = i32::try_from(dynamic_bytes.max(0)).unwrap_or(0);
        self.context.call("cuFuncSetAttribute", || {
            let attribute = CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            // SAFETY: the function belongs to a loaded module; a value that does not fit it is refused.
            unsafe { sys::cuFuncSetAttribute(function, attribute, dynamic_bytes) }
        })?;
        Ok(Kernel { function, parameter_bytes })
    }
}

impl Drop for Kernels {
    fn drop(&mut self) {
        for module in &self.modules {
            // SAFETY: it was loaded in `load_module`. Unloading waits for the kernels that run.
            self.context.release(|| unsafe { sys::cuModuleUnload(*module) });
        }
    }
}
