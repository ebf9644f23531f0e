use std::fmt;
use std::str::FromStr;

use crate::{BackendError, DType, Result};

/// What keys and values are kept as in the cache.
///
/// Those of eight bits have a scale in bf16 for each token's head, by which its numbers are multiplied: the largest of the
/// head becomes the largest number of the format. It depends on that head alone, so that a cache has the same bits whatever
/// shares a batch and however a prompt is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KvDType {
    F32,
    F16,
    BF16,
    /// FP8 e4m3: a sign, four bits of exponent, three of mantissa, and no infinity.
    F8E4M3,
    /// Whole numbers from -127 to 127.
    Int8,
}

impl KvDType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::BF16, Self::F16, Self::F32, Self::F8E4M3, Self::Int8];

    /// Its name: `bfloat16`, `float16`, `float32`, `fp8`, `int8`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::BF16 => "bfloat16",
            Self::F8E4M3 => "fp8",
            Self::Int8 => "int8",
        }
    }

    /// Bytes of one number.
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::F8E4M3 | Self::Int8 => 1,
        }
    }

    /// Bytes of the scale of one token's head.
    pub const fn scale_bytes(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => 0,
            Self::F8E4M3 | Self::Int8 => 2,
        }
    }

    /// The type whose numbers stand for themselves, without scales.
    pub const fn plain(self) -> Option<DType> {
        match self {
            Self::F32 => Some(DType::F32),
            Self::F16 => Some(DType::F16),
            Self::BF16 => Some(DType::BF16),
            Self::F8E4M3 | Self::Int8 => None,
        }
    }
}

impl From<DType> for KvDType {
    fn from(dtype: DType) -> Self {
        match dtype {
            DType::F32 => Self::F32,
            DType::F16 => Self::F16,
            DType::BF16 => Self::BF16,
        }
    }
}

impl fmt::Display for KvDType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for KvDType {
    type Err = BackendError;

    /// The one of that name; `fp8_e4m3` is `fp8`, as vLLM has it.
    fn from_str(text: &str) -> Result<Self> {
        let name = if text == "fp8_e4m3" { "fp8" } else { text };
        Self::ALL.into_iter().find(|dtype| dtype.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            BackendError::InvalidInput(format!("expected a KV dtype ({names}), got {text:?}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dtypes_have_the_names_that_they_are_printed_with() {
        for dtype in KvDType::ALL {
            assert_eq!(dtype.to_string().parse::<KvDType>().unwrap(), dtype);
        }
        assert_eq!("fp8_e4m3".parse::<KvDType>().unwrap(), KvDType::F8E4M3);
        let error = "fp8_e5m2".parse::<KvDType>().unwrap_err();
        assert!(error.to_string().contains("bfloat16, float16, float32, fp8, int8"), "{error}");
    }

    #[test]
    fn plain_types_are_kept_as_they_are() {
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let kept = KvDType::from(dtype);
            assert_eq!((kept.plain(), kept.bytes(), kept.scale_bytes()), (Some(dtype), dtype.bytes(), 0));
        }
    }
}
