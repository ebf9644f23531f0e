use conduit_backend::DType;

/// Every row of a matrix starts at a multiple of this many elements.
pub const STRIDE_ELEMENTS: u32 = 64;

/// Every tensor starts at a multiple of this.
pub const ALIGNMENT_BYTES: u64 = 256;

/// A matrix on the device, `[rows, features]`; rows lie `stride` elements apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    pub address: u64,
    pub dtype: DType,
    pub features: u32,
    /// In elements; at least `features`, and a multiple of [`STRIDE_ELEMENTS`].
    pub stride: u32,
}

impl Tensor {
    /// A matrix with the stride that all of ours have.
    pub const fn new(address: u64, dtype: DType, features: u32) -> Self {
        Self { address, dtype, features, stride: Self::stride_of(features) }
    }

    /// Elements from one row to the next.
    pub const fn stride_of(features: u32) -> u32 {
        features.next_multiple_of(STRIDE_ELEMENTS)
    }

    /// Bytes that `rows` rows take.
    pub const fn bytes(&self, rows: u32) -> u64 {
        rows as u64 * self.stride as u64 * self.dtype.bytes() as u64
    }
}
