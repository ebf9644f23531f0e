use std::path::PathBuf;

use bytes::Bytes;
use conduit_backend::{DType, RawTensor};
use safetensors::tensor::Dtype;

use crate::error::{ModelError, Result};

/// A tensor as it lies in its file, of any type.
pub(crate) struct FileTensor {
    pub path: PathBuf,
    pub name: String,
    pub dtype: Dtype,
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
            Dtype::I32 | Dtype::U32 => Ok(()),
            _ => Err(self.unsupported("I32")),
        }
    }

    /// The tensor as backends take it.
    ///
    /// # Errors
    /// `UnsupportedDtype` where it holds no floating-point numbers of 16 or 32 bits.
    pub fn into_raw(self) -> Result<RawTensor> {
        let dtype = match self.dtype {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            _ => return Err(self.unsupported("F32, F16, BF16")),
        };
        Ok(RawTensor { name: self.name, dtype, shape: self.shape, data: self.data })
    }

    fn unsupported(&self, supported: &'static str) -> ModelError {
        let found = format!("{:?}", self.dtype);
        ModelError::UnsupportedDtype { path: self.path.clone(), tensor: self.name.clone(), found, supported }
    }
}
