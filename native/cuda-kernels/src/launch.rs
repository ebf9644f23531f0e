use bytemuck::NoUninit;

/// One kernel with everything that a driver needs to start it.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// Name of the instantiation, as it stands in `kernels/`: `add_norm_bf16`.
    pub kernel: &'static str,
    pub grid: [u32; 3],
    pub block: [u32; 3],
    /// Dynamic shared memory of each block.
    pub shared_bytes: u32,
    pub params: Params,
}

/// A kernel's one parameter, by value.
#[derive(Clone, PartialEq)]
pub struct Params {
    words: [u64; Self::MAX_BYTES / 8],
    bytes: usize,
}

impl Params {
    /// The most that a parameter may take.
    pub const MAX_BYTES: usize = 512;

    /// Copies a `#[repr(C)]` struct that mirrors the kernel's.
    pub fn new<T: NoUninit>(value: &T) -> Self {
        const { assert!(size_of::<T>() <= Self::MAX_BYTES && align_of::<T>() <= 8) };
        let mut words = [0; Self::MAX_BYTES / 8];
        let bytes = size_of::<T>();
        bytemuck::cast_slice_mut(&mut words)[..bytes].copy_from_slice(bytemuck::bytes_of(value));
        Self { words, bytes }
    }

    /// The struct's bytes; their address is a multiple of 8.
    pub fn as_bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.bytes]
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Params({} bytes)", self.bytes)
    }
}

/// The name of a kernel's instantiation for a type of elements.
macro_rules! kernel_of {
    ($name:literal, $dtype:expr) => {
        match $dtype {
            conduit_backend::DType::F32 => concat!($name, "_f32"),
            conduit_backend::DType::F16 => concat!($name, "_f16"),
            conduit_backend::DType::BF16 => concat!($name, "_bf16"),
        }
    };
}
pub(crate) use kernel_of;
