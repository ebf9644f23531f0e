//! Weights that their publisher quantised, as they lie in their files: what the formats have in common, as data.

mod nibbles;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;

use crate::{BackendError, RawTensor, Result};
pub use nibbles::{Axis, NibbleLayout, Nibbles};

/// A matrix `[out_features, in_features]` of which each weight is `(number - zero point) * scale`.
///
/// The numbers of a block of neighbouring features share both. Backends may rely on what [`Prequantized::check`] holds to.
#[derive(Clone, Debug)]
pub struct Prequantized {
    /// Name of the numbers in the file, for error messages.
    pub name: String,
    /// Output and input features.
    pub shape: [usize; 2],
    pub numbers: Numbers,
    /// Output and input features of a block; the last ones may have fewer.
    pub block: [usize; 2],
    /// One for each block.
    pub scales: RawTensor,
    /// Which blocks' scales are a row of the file: those of the same output features, or of the same input features.
    pub scale_rows: Axis,
    pub zero_points: ZeroPoints,
    /// Which input feature is first, second and so on, where those of a block do not neighbour each other in the file
    /// (GPTQ's act-order).
    pub order: Option<Arc<[u32]>>,
}

/// The numbers of a matrix.
#[derive(Clone, Debug)]
pub enum Numbers {
    /// FP8 e4m3, row-major: a sign, four bits of exponent, three of mantissa, and no infinity.
    F8E4M3(Bytes),
    /// Whole numbers from 0 to 15.
    U4(Nibbles),
}

/// The number that stands for a weight of 0.
#[derive(Clone, Debug)]
pub enum ZeroPoints {
    /// The same one everywhere.
    All(u8),
    /// One for each block, a matrix of blocks.
    Blocks(Nibbles),
}

/// What the numbers of a matrix are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFormat {
    F8E4M3,
    U4,
}

impl Numbers {
    pub const fn format(&self) -> NumberFormat {
        match self {
            Self::F8E4M3(_) => NumberFormat::F8E4M3,
            Self::U4(_) => NumberFormat::U4,
        }
    }
}

impl NumberFormat {
    /// Its name: `fp8`, `int4`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F8E4M3 => "fp8",
            Self::U4 => "int4",
        }
    }
}

impl Prequantized {
    /// Blocks along the output and along the input features.
    pub fn blocks(&self) -> [usize; 2] {
        [self.shape[0].div_ceil(self.block[0]), self.shape[1].div_ceil(self.block[1])]
    }

    /// Index of a block's scale among those of [`Prequantized::scales`].
    pub fn scale_index(&self, [out_block, in_block]: [usize; 2]) -> usize {
        let [out_blocks, in_blocks] = self.blocks();
        match self.scale_rows {
            Axis::Output => out_block * in_blocks + in_block,
            Axis::Input => in_block * out_blocks + out_block,
        }
    }

    /// The zero point of a block.
    pub fn zero_point(&self, block: [usize; 2]) -> u8 {
        match &self.zero_points {
            ZeroPoints::All(number) => *number,
            ZeroPoints::Blocks(numbers) => numbers.get(self.blocks(), block),
        }
    }

    /// Bytes of all that lies in the file.
    pub fn file_bytes(&self) -> impl Iterator<Item = &[u8]> {
        let numbers = match &self.numbers {
            Numbers::F8E4M3(bytes) => bytes,
            Numbers::U4(nibbles) => &nibbles.data,
        };
        let zero_points = match &self.zero_points {
            ZeroPoints::All(_) => None,
            ZeroPoints::Blocks(numbers) => Some(&*numbers.data),
        };
        [Some(&**numbers), Some(&*self.scales.data), zero_points].into_iter().flatten()
    }

    /// Checks that the parts fit together, and that every weight is a number.
    ///
    /// # Errors
    /// `InvalidInput` names the tensor and what is wrong with it.
    pub fn check(&self) -> Result<()> {
        let ([rows, columns], blocks) = (self.shape, self.block);
        if rows == 0 || columns == 0 || blocks.contains(&0) {
            return Err(self.invalid(format!("blocks of {blocks:?} in a matrix of {:?}", self.shape)));
        }
        match &self.numbers {
            Numbers::F8E4M3(bytes) => {
                if rows.checked_mul(columns) != Some(bytes.len()) {
                    return Err(self.invalid(format!("{} bytes for {:?} numbers", bytes.len(), self.shape)));
                }
                // All of a chunk, so that it is done in vectors: weights have gigabytes.
                let has_nan =
                    |chunk: &[u8]| chunk.iter().fold(false, |any, byte| any | (byte & 0x7F == 0x7F));
                if bytes.chunks(4096).any(has_nan) {
                    return Err(self.invalid("holds NaN".into()));
                }
            }
            Numbers::U4(nibbles) => {
                nibbles.check(self.shape).map_err(|reason| self.invalid(reason))?;
                if !columns.is_multiple_of(2) || !blocks[1].is_multiple_of(2) {
                    let odd = format!("{columns} input features in groups of {}", blocks[1]);
                    return Err(self.invalid(format!("{odd}: even numbers are needed")));
                }
            }
        }
        if let ZeroPoints::Blocks(numbers) = &self.zero_points {
            let reason = |reason| self.invalid(format!("its zero points: {reason}"));
            numbers.check(self.blocks()).map_err(reason)?;
        }
        self.check_scales()?;
        self.check_order()
    }

    fn check_scales(&self) -> Result<()> {
        let [out_blocks, in_blocks] = self.blocks();
        self.scales.check_size()?;
        let found: usize = self.scales.shape.iter().product();
        if out_blocks.checked_mul(in_blocks) != Some(found) {
            let shape = &self.scales.shape;
            return Err(self.scales.invalid(format!("shape {shape:?} for {:?} blocks", self.blocks())));
        }
        match self.scales.to_f32().iter().position(|scale| !scale.is_finite()) {
            Some(index) => Err(self.scales.invalid(format!("the scale at {index} is not finite"))),
            None => Ok(()),
        }
    }

    fn check_order(&self) -> Result<()> {
        let Some(order) = &self.order else { return Ok(()) };
        let mut is_there = vec![false; self.shape[1]];
        for feature in order.iter() {
            if let Some(is_there) = is_there.get_mut(*feature as usize) {
                *is_there = true;
            }
        }
        if order.len() == is_there.len() && is_there.iter().all(|is_there| *is_there) {
            return Ok(());
        }
        Err(self.invalid(format!("the order of its {} input features leaves some out", self.shape[1])))
    }

    fn invalid(&self, what: String) -> BackendError {
        BackendError::InvalidInput(format!("tensor {}: {what}", self.name))
    }
}
