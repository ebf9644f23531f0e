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

    /// Scales as backends take them: powers of two (`F8_E8M0`) become bf16, which has the same exponents.
    ///
    /// # Errors
    /// As [`FileTensor::into_raw`].
    pub fn into_scales(self) -> Result<RawTensor> {
        if self.dtype != Dtype::F8_E8M0 {
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

    fn unsupported(&self, supported: &'static str) -> ModelError {
        let found = format!("{:?}", self.dtype);
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
            dtype: Dtype::F8_E8M0,
            shape: vec![5],
            data: Bytes::from_static(&[0, 1, 127, 254, 255]),
        };
        let scales = tensor.into_scales().unwrap().to_f32();
        assert_eq!(scales[..4], [2f32.powi(-127), 2f32.powi(-126), 1.0, 2f32.powi(127)]);
        assert!(scales[4].is_nan());
    }
}
