//! Layers whose weights were quantised by their publisher: numbers are widened in registers, and multiplied by input in f32.

mod kernel;
mod numbers;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use numbers::{F8_FACTOR, widen_f8};
#[cfg(target_arch = "x86_64")]
pub use table::AVX2;
pub use table::{ByNumbers, PORTABLE};

/// Rows of a strip: sixteen output features, whose numbers lie side by side.
pub const STRIP: usize = 16;

/// What a strip holds: its numbers `[feature][row]`, then its scales `[group]` or `[group][row]`, then its zero points
/// `[pair of groups][row]`. Numbers of four bits, and zero points, are the lower halves of bytes and then the upper ones.
pub struct StripLayout {
    /// From one strip to the next.
    pub bytes: usize,
    pub scales: usize,
    /// Where there are none, all are [`StripLayout::zero_point`].
    pub zero_points: Option<usize>,
    pub zero_point: u8,
    /// Input features of a group; those of four bits are even.
    pub group: usize,
    /// Whether all rows of the strip share their scales.
    pub shares_scales: bool,
    /// Which feature of the input meets the first number of a row, the second and so on; else they are in order.
    pub order: Option<Arc<[u32]>>,
}
