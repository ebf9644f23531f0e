use bytes::Bytes;

use crate::DType;

/// A tensor as it lies in its file: row-major, little-endian, usually a view of a memory map.
#[derive(Clone, Debug)]
pub struct RawTensor {
    /// Name in the file, for error messages.
    pub name: String,
    pub dtype: DType,
    pub shape: Vec<usize>,
    /// `shape` product times `dtype.bytes()` bytes; alignment is not guaranteed.
    pub data: Bytes,
}

/// A weight matrix `[out_features, in_features]` in the format of its file.
///
/// Quantised formats join as variants with their scales; a backend packs each once, in [`crate::Backend::linear`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RawWeight {
    Dense(RawTensor),
}

/// One weight with its optional bias `[out_features]`.
#[derive(Clone, Debug)]
pub struct RawPart {
    pub weight: RawWeight,
    pub bias: Option<RawTensor>,
}

/// A linear layer whose output features are those of its parts, one after the other (`q,k,v` or `gate,up`).
///
/// All parts have the same number of input features; each keeps its own format and scales.
#[derive(Clone, Debug)]
pub struct RawLinear {
    pub parts: Vec<RawPart>,
}

/// Which slice of a layer this device holds, for tensor parallelism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    pub rank: usize,
    pub of: usize,
}

impl Shard {
    /// The whole layer on one device.
    pub const WHOLE: Self = Self { rank: 0, of: 1 };
}

/// What everyone may know of a packed linear layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearShape {
    pub in_features: usize,
    pub out_features: usize,
    /// Bytes of device memory that the packed weight takes; 0 where the file's own mapping is used.
    pub device_bytes: u64,
}
