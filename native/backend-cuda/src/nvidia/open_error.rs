use conduit_cuda_kernels::device::{CUDA_VERSION, MINIMUM_DRIVER};

use crate::driver::DriverError;

/// Why a GPU cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error(
        "this build has no CUDA kernels, because there was no nvcc when it was built; build it with one, or use a build that has them"
    )]
    NoKernels,
    #[error(
        "this machine has no NVIDIA driver that this process sees (libcuda.so.1 was not found); install driver {MINIMUM_DRIVER} or newer, or start the container with its GPUs"
    )]
    NoDriver,
    #[error(
        "the NVIDIA driver finds no GPU; pass one to this machine or container, or unset CUDA_VISIBLE_DEVICES"
    )]
    NoGpu,
    #[error(
        "the NVIDIA driver {found} is too old: expected {MINIMUM_DRIVER} or newer, which knows CUDA {major}.{minor}",
        major = CUDA_VERSION.0,
        minor = CUDA_VERSION.1
    )]
    DriverTooOld { found: String },
    #[error("there is no GPU {index}: this process sees {count}, counted from 0")]
    NoSuchGpu { index: usize, count: usize },
    #[error(
        "the GPU {name} has compute capability {major}.{minor}; expected 8.0 (Ampere) or newer",
        major = compute_capability.0,
        minor = compute_capability.1
    )]
    UnsupportedGpu { name: String, compute_capability: (u32, u32) },
    #[error("the GPU cannot be used: {0}")]
    Driver(#[from] DriverError),
}

impl OpenError {
    /// Whether a machine with a GPU that works would do: nothing is broken, there is only none.
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::NoDriver | Self::NoGpu)
    }
}
