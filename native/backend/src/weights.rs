use bytes::Bytes;
use half::{bf16, f16};

use crate::{BackendError, Blocks, DType, Prequantized, Quantization, Result};

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

impl RawTensor {
    /// Rows and columns of a matrix with elements.
    ///
    /// # Errors
    /// `InvalidInput` names the tensor where it is none, or where its bytes are not those of its shape.
    pub fn matrix_shape(&self) -> Result<(usize, usize)> {
        let &[rows, columns] = &*self.shape else {
            return Err(self.invalid(format!("shape {:?}, a matrix is needed", self.shape)));
        };
        self.check_size()?;
        if rows == 0 || columns == 0 {
            return Err(self.invalid(format!("shape {:?} has no elements", self.shape)));
        }
        Ok((rows, columns))
    }

    /// The elements of a bias of `features` features, in f32.
    ///
    /// # Errors
    /// `InvalidInput` names the tensor where its shape or size is another.
    pub fn read_bias(&self, features: usize) -> Result<Vec<f32>> {
        if *self.shape != [features] {
            return Err(
                self.invalid(format!("shape {:?}, the bias of {features} features is needed", self.shape))
            );
        }
        self.check_size()?;
        Ok(self.to_f32())
    }

    /// All elements in f32, in the order in which they lie.
    pub fn to_f32(&self) -> Vec<f32> {
        let words = || self.data.chunks_exact(2).map(|bytes| [bytes[0], bytes[1]]);
        match self.dtype {
            DType::F32 => {
                let words = self.data.chunks_exact(4);
                words.map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
            }
            DType::F16 => words().map(|bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
            DType::BF16 => words().map(|bytes| bf16::from_le_bytes(bytes).to_f32()).collect(),
        }
    }

    pub(crate) fn check_size(&self) -> Result<()> {
        let bytes = self.shape.iter().try_fold(self.dtype.bytes(), |bytes, size| bytes.checked_mul(*size));
        if bytes == Some(self.data.len()) {
            return Ok(());
        }
        let (found, dtype) = (self.data.len(), self.dtype.name());
        Err(self.invalid(format!("{found} bytes do not make {dtype} of shape {:?}", self.shape)))
    }

    pub(crate) fn invalid(&self, what: String) -> BackendError {
        BackendError::InvalidInput(format!("tensor {}: {what}", self.name))
    }
}

/// A weight matrix `[out_features, in_features]`.
///
/// A backend packs each once, in [`crate::Backend::linear`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RawWeight {
    /// In the format of its file.
    Dense(RawTensor),
    /// Dense in its file; the backend brings it to another format as it packs it, or refuses.
    Quantize { tensor: RawTensor, to: Quantization },
    /// Quantised by its publisher.
    Prequantized(Prequantized),
    /// In the blocks of a GGUF file.
    Blocks(Blocks),
}

impl RawWeight {
    /// Input features, and the name of the tensor.
    fn in_features(&self) -> Result<(usize, &str)> {
        match self {
            Self::Dense(tensor) | Self::Quantize { tensor, .. } => {
                tensor.matrix_shape().map(|(_, columns)| (columns, &*tensor.name))
            }
            Self::Prequantized(weight) => weight.check().map(|()| (weight.shape[1], &*weight.name)),
            Self::Blocks(weight) => weight.check().map(|()| (weight.shape[1], &*weight.name)),
        }
    }
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

impl RawLinear {
    /// Checks that the parts are matrices of the same number of columns, and returns that number.
    ///
    /// # Errors
    /// `InvalidInput` names the tensor that does not fit.
    pub fn in_features(&self) -> Result<usize> {
        let mut in_features = None;
        for RawPart { weight, .. } in &self.parts {
            let (columns, name) = weight.in_features()?;
            let expected = *in_features.get_or_insert(columns);
            if columns != expected {
                return Err(BackendError::InvalidInput(format!(
                    "tensor {name}: {columns} input features, other parts have {expected}"
                )));
            }
        }
        in_features.ok_or_else(|| BackendError::InvalidInput("a linear layer without parts".into()))
    }
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
