use std::path::PathBuf;

use bytes::Bytes;
use conduit_backend::{BackendError, BlockFormat, Blocks, DType, RawTensor};
use safetensors::tensor::Dtype;

use crate::error::{ModelError, Result};

/// Types of ggml that are supported.
const GGML_TYPES: &str = "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K";

/// How the elements of a tensor are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredType {
    /// One by one, by the name of safetensors.
    Plain(Dtype),
    /// In the blocks of ggml.
    Blocks(BlockFormat),
    /// As ggml has it and no backend.
    Other(&'static str),
}

impl StoredType {
    fn name(self) -> String {
        match self {
            Self::Plain(dtype) => format!("{dtype:?}"),
            Self::Blocks(format) => format.name().to_owned(),
            Self::Other(name) => name.to_owned(),
        }
    }
}

/// A tensor as it lies in its file, of any type.
#[derive(Clone)]
pub(crate) struct FileTensor {
    pub path: PathBuf,
    /// In its file.
    pub name: String,
    pub dtype: StoredType,
    pub shape: Vec<usize>,
    pub data: Bytes,
}

impl FileTensor {
    /// # Errors
    /// `WrongShape` where it has another one.
    pub fn expect_shape(&self, shape: &[usize]) -> Result<()> {
        if self.shape == shape {
            return Ok(());
        }
        Err(ModelError::WrongShape {
            path: self.path.clone(),
            tensor: self.name.clone(),
            found: self.shape.clone(),
            expected: shape.to_vec(),
        })
    }

    /// # Errors
    /// `UnsupportedDtype` where its elements are not whole numbers of 32 bits.
    pub fn expect_words(&self) -> Result<()> {
        match self.dtype {
            StoredType::Plain(Dtype::I32 | Dtype::U32) => Ok(()),
            _ => Err(self.unsupported("I32")),
        }
    }

    /// The tensor as backends take it.
    ///
    /// # Errors
    /// `UnsupportedDtype` where it holds no floating-point numbers of 16 or 32 bits.
    pub fn into_raw(self) -> Result<RawTensor> {
        let dtype = match self.dtype {
            StoredType::Plain(Dtype::F32) => DType::F32,
            StoredType::Plain(Dtype::F16) => DType::F16,
            StoredType::Plain(Dtype::BF16) => DType::BF16,
            StoredType::Other(_) => return Err(self.unsupported(GGML_TYPES)),
            _ => return Err(self.unsupported("F32, F16, BF16")),
        };
        Ok(RawTensor { name: self.name, dtype, shape: self.shape, data: self.data })
    }

    /// Scales as backends take them: powers of two (`F8_E8M0`) become bf16, which has the same exponents.
    ///
    /// # Errors
    /// As [`FileTensor::into_raw`].
    pub fn into_scales(self) -> Result<RawTensor> {
        if self.dtype != StoredType::Plain(Dtype::F8_E8M0) {
            return self.into_raw();
        }
        let bits = |exponent: u8| match exponent {
            // 2^-127 lies below the normal numbers.
            0 => 0x0040u16,
            // NaN, in either type.
            u8::MAX => 0x7FC0,
            exponent => u16::from(exponent) << 7,
        };
        let data = self.data.iter().flat_map(|exponent| bits(*exponent).to_le_bytes()).collect::<Vec<u8>>();
        Ok(RawTensor { name: self.name, dtype: DType::BF16, shape: self.shape, data: data.into() })
    }

    /// A matrix in blocks; `None` where it is in none.
    ///
    /// # Errors
    /// `WrongShape`, and `DamagedFile` where a scale is not finite.
    pub fn blocks(&self, shape: [usize; 2]) -> Result<Option<Blocks>> {
        let StoredType::Blocks(format) = self.dtype else { return Ok(None) };
        self.expect_shape(&shape)?;
        let blocks = Blocks { name: self.name.clone(), shape, format, data: self.data.clone() };
        match blocks.check() {
            Ok(()) => Ok(Some(blocks)),
            Err(BackendError::InvalidInput(reason)) => {
                Err(ModelError::DamagedFile { path: self.path.clone(), reason })
            }
            Err(other) => Err(other.into()),
        }
    }

    fn unsupported(&self, supported: &'static str) -> ModelError {
        let found = self.dtype.name();
        ModelError::UnsupportedDtype { path: self.path.clone(), tensor: self.name.clone(), found, supported }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_that_are_powers_of_two_become_bf16() {
        let tensor = FileTensor {
            path: PathBuf::new(),
            name: "scales".into(),
            dtype: StoredType::Plain(Dtype::F8_E8M0),
            shape: vec![5],
            data: Bytes::from_static(&[0, 1, 127, 254, 255]),
        };
        let scales = tensor.into_scales().unwrap().to_f32();
        assert_eq!(scales[..4], [2f32.powi(-127), 2f32.powi(-126), 1.0, 2f32.powi(127)]);
        assert!(scales[4].is_nan());
    }
}
