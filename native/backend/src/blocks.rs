//! Weights in the blocks of ggml, as GGUF files have them: what a block takes, and where its scales lie.
//!
//! The layouts are those of `ggml-common.h`. A row is blocks of neighbouring input features, one after the other.

use bytes::Bytes;

use crate::{BackendError, Result};

/// A matrix `[out_features, in_features]` whose rows are blocks.
#[derive(Clone, Debug)]
pub struct Blocks {
    /// Name in the file, for error messages.
    pub name: String,
    /// Output and input features.
    pub shape: [usize; 2],
    pub format: BlockFormat,
    /// All rows, one after the other.
    pub data: Bytes,
}

/// What a block is made of.
///
/// Those of 32 weights have one scale in f16, and those that end in `_1` a minimum too. Those of 256 (`K`) have scales of 6 or 8 bits
/// for each 32 or 16 weights, and one in f16 for these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockFormat {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
}

impl BlockFormat {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Q4_0, Self::Q4_1, Self::Q5_0, Self::Q5_1, Self::Q8_0, Self::Q4K, Self::Q5K, Self::Q6K];

    /// Its name in ggml.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q8_0 => "Q8_0",
            Self::Q4K => "Q4_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
        }
    }

    /// Weights of a block.
    pub const fn weights(self) -> usize {
        match self {
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4K | Self::Q5K | Self::Q6K => 256,
        }
    }

    /// Bytes of a block.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
        }
    }

    /// Where in a block its numbers in f16 lie.
    const fn halves(self) -> &'static [usize] {
        match self {
            Self::Q4_0 | Self::Q5_0 | Self::Q8_0 => &[0],
            Self::Q4_1 | Self::Q5_1 | Self::Q4K | Self::Q5K => &[0, 2],
            Self::Q6K => &[208],
        }
    }
}

impl Blocks {
    /// Bytes of a row.
    pub const fn row_bytes(&self) -> usize {
        self.shape[1] / self.format.weights() * self.format.bytes()
    }

    /// Checks that the rows are whole blocks, that all are there, and that every scale is a number.
    ///
    /// # Errors
    /// `InvalidInput` names the tensor and what is wrong with it.
    pub fn check(&self) -> Result<()> {
        let ([rows, columns], format) = (self.shape, self.format);
        if rows == 0 || columns == 0 || !columns.is_multiple_of(format.weights()) {
            let (name, weights) = (format.name(), format.weights());
            return Err(self.invalid(format!("{name} of {:?}: blocks have {weights} weights", self.shape)));
        }
        if rows.checked_mul(self.row_bytes()) != Some(self.data.len()) {
            let found = self.data.len();
            return Err(self.invalid(format!("{found} bytes for {} of {:?}", format.name(), self.shape)));
        }
        let is_finite = |block: &[u8]| {
            // The exponent of an f16 that is infinite or NaN has all bits.
            format.halves().iter().all(|at| block[at + 1] & 0x7C != 0x7C)
        };
        match self.data.chunks_exact(format.bytes()).position(|block| !is_finite(block)) {
            Some(index) => Err(self.invalid(format!("the scale of block {index} is not finite"))),
            None => Ok(()),
        }
    }

    fn invalid(&self, what: String) -> BackendError {
        BackendError::InvalidInput(format!("tensor {}: {what}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(format: BlockFormat, shape: [usize; 2], bytes: usize) -> Blocks {
        Blocks { name: "w".into(), shape, format, data: vec![0; bytes].into() }
    }

    #[test]
    fn what_does_not_fit_together_names_its_tensor() {
        for format in BlockFormat::ALL {
            let (weights, bytes) = (format.weights(), format.bytes());
            blocks(format, [3, 2 * weights], 6 * bytes).check().unwrap();
            for (shape, bytes) in [
                ([0, weights], 0),
                ([3, 0], 0),
                ([3, weights / 2], 3 * bytes),
                ([3, weights + 16], 3 * bytes),
                ([3, weights], 3 * bytes - 1),
                ([3, weights], 4 * bytes),
                ([usize::MAX, weights], bytes),
            ] {
                let error = blocks(format, shape, bytes).check().unwrap_err();
                assert_eq!(error.code(), "invalid_input");
                let message = error.to_string();
                assert!(message.contains("tensor w") && message.contains(format.name()), "{message}");
            }
        }
    }

    #[test]
    fn every_scale_of_a_block_has_to_be_finite() {
        for format in BlockFormat::ALL {
            for at in format.halves() {
                for infinite in [0x7C00u16, 0xFC00, 0x7E00, 0xFFFF] {
                    let mut data = vec![0; 3 * format.bytes()];
                    data[2 * format.bytes() + at..][..2].copy_from_slice(&infinite.to_le_bytes());
                    let matrix = Blocks { data: data.into(), ..blocks(format, [3, format.weights()], 0) };
                    let error = matrix.check().unwrap_err().to_string();
                    assert!(error.contains("tensor w") && error.contains("block 2"), "{error}");
                }
            }
        }
    }
}
