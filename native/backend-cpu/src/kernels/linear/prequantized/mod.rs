//! Layers whose weights were quantised by their publisher.
//!
//! FP8 is widened in registers and multiplied by input in f32. Numbers of four bits are multiplied by input that is brought to whole
//! numbers of 23 bits, each 32 features by a scale of their own, and added up as whole numbers.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod input;
mod kernel;
mod layout;
mod portable;
mod simd;
mod table;
#[cfg(test)]
mod tests;

use layout::F8_STEP;
pub use layout::{STRIP, StripLayout, U4_STEP};
#[cfg(target_arch = "x86_64")]
pub use table::AVX2;
pub use table::{ByNumbers, PORTABLE};

/// What numbers of eight bits are multiplied by once they are widened: 2^120.
pub const F8_FACTOR: f32 = f32::from_bits((127 + 120) << 23);

/// An e4m3 number, divided by [`F8_FACTOR`]: the bits of an f32 have the same fields, with four bits more of exponent to be filled.
pub fn widen_f8(number: u8) -> f32 {
    let number = u32::from(number);
    f32::from_bits((number & 0x80) << 24 | (number & 0x7F) << 20)
}
