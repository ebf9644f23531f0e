use std::fmt;
use std::str::FromStr;

use crate::{BackendError, Result};

/// A format that a backend may bring weights to while it packs them.
///
/// Both are symmetric: groups of 32 neighbouring input features share a scale, and a weight is a whole number times it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantization {
    /// Whole numbers from -127 to 127.
    Int8,
    /// Whole numbers from -8 to 7.
    Int4,
}

impl Quantization {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Int8, Self::Int4];

    /// Its name: `int8`, `int4`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int4 => "int4",
        }
    }
}

impl fmt::Display for Quantization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Quantization {
    type Err = BackendError;

    /// The format of that name.
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            BackendError::InvalidInput(format!("expected a quantization ({names}), got {text:?}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_the_names_that_they_are_printed_with() {
        for format in Quantization::ALL {
            assert_eq!(format.to_string().parse::<Quantization>().unwrap(), format);
        }
        let error = "fp8".parse::<Quantization>().unwrap_err();
        assert!(error.to_string().contains("int8, int4"), "{error}");
    }
}
