//! Layers whose weights lie in the blocks of ggml, where their file is mapped: a block's numbers are unpacked into bytes, and
//! widened and multiplied by input in f32.

mod formats;
mod kernel;
mod numbers;
mod table;
#[cfg(test)]
mod tests;

pub use formats::read_row;
#[cfg(target_arch = "x86_64")]
pub use table::AVX2;
pub use table::{ByBlockFormat, PORTABLE};

/// Weights of the largest block.
const MOST_WEIGHTS: usize = 256;
/// Scales of a block.
const MOST_GROUPS: usize = 16;

/// What a block stands for: each weight is its number times the scale of its group, less the minimum of its group.
struct Unpacked {
    numbers: [i8; MOST_WEIGHTS],
    scales: [f32; MOST_GROUPS],
    minimums: [f32; MOST_GROUPS],
}

impl Unpacked {
    const fn zeros() -> Self {
        Self { numbers: [0; MOST_WEIGHTS], scales: [0.0; MOST_GROUPS], minimums: [0.0; MOST_GROUPS] }
    }
}

/// A block as it lies in its file.
trait Block: bytemuck::Pod {
    const WEIGHTS: usize;
    /// Neighbouring weights that share a scale.
    const GROUP: usize;
    /// Whether minimums are anything but 0.
    const HAS_MINIMUMS: bool;

    /// Scales and minimums are those that `ggml-quants.c` multiplies by, rounded as there.
    fn unpack(&self, unpacked: &mut Unpacked);
}
