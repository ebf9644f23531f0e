//! The kernels as they are for devices: fat binaries that the build embeds, and what they need.
//!
//! A build without nvcc embeds none.

mod requirements;

pub use requirements::{ARCHITECTURES, CUDA_VERSION, MINIMUM_DRIVER, runs_on};

include!(concat!(env!("OUT_DIR"), "/device.rs"));

/// One source's kernels for all [`ARCHITECTURES`].
#[derive(Clone, Copy, Debug)]
pub struct FatBinary {
    /// Name of the source, without the extension.
    pub name: &'static str,
    /// What `cuModuleLoadData` takes.
    pub bytes: &'static [u8],
    /// Names by which `cuModuleGetFunction` finds them, in order.
    pub kernels: &'static [&'static str],
}

/// The loader reads the header of a fat binary in words.
#[cfg_attr(no_nvcc, expect(dead_code, reason = "there is nothing to align"))]
#[repr(align(64))]
struct Aligned<const LENGTH: usize>([u8; LENGTH]);

/// The version of nvcc that compiled the kernels; `None` where there was none.
pub fn nvcc_version() -> Option<&'static str> {
    NVCC
}

/// All fat binaries; none where there was no nvcc.
pub fn fat_binaries() -> &'static [FatBinary] {
    EMBEDDED
}

/// Registers, shared memory, stack and spills of each kernel on each architecture, as tab-separated values with a header.
pub fn resource_table() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/resources.tsv"))
}
