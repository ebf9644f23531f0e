//! Weights in groups: 32 neighbouring features of a row are whole numbers of 8 or 4 bits that share a scale.
//!
//! Sixteen rows make a strip, which kernels multiply at once; the group of a strip is a block. In a block four features of all
//! rows lie side by side, `[feature / 4][row][feature % 4]`: what instructions that add up products of four bytes take. Scales are
//! `[strip][group][row]` in bf16, whose range leaves no weight too small to have one; each number is rounded by the scale as
//! it is stored. Everything here gives the same bits on every instruction set.

mod int4;
mod int8;
mod lanes;

use conduit_backend::Quantization;
use half::bf16;

/// Features that share a scale.
pub const GROUP: usize = 32;
/// Rows of a strip.
pub const STRIP: usize = 16;
/// Features that lie side by side.
pub const QUAD: usize = 4;
/// Quads of a group.
pub const QUADS: usize = GROUP / QUAD;
/// Bytes of a quad of all rows of a strip, one byte a number.
pub const QUAD_BYTES: usize = STRIP * QUAD;

/// The group of a strip, `[feature][row]`.
pub type Tile = [[f32; STRIP]; GROUP];

/// Brings a tile to a format: a block of numbers, and the scale of each row.
///
/// # Safety
/// The CPU has the instruction set that the function is compiled for.
pub type QuantizeFn = unsafe fn(tile: &Tile, block: &mut [u8], scales: &mut [bf16; STRIP]);

pub use int4::quantize as quantize_int4;
pub use int8::quantize as quantize_int8;

/// Bytes of the numbers of a block.
pub const fn block_bytes(format: Quantization) -> usize {
    match format {
        Quantization::Int8 => QUADS * QUAD_BYTES,
        Quantization::Int4 => QUADS * QUAD_BYTES / 2,
    }
}

/// The numbers that one row has in a block, as the signed bytes that kernels multiply.
pub fn read_block(format: Quantization, block: &[u8], row: usize) -> [i8; GROUP] {
    let mut numbers = [0; GROUP];
    for (feature, number) in numbers.iter_mut().enumerate() {
        let place = |feature: usize| feature / QUAD * QUAD_BYTES + row * QUAD + feature % QUAD;
        *number = match format {
            Quantization::Int8 => block[place(feature)] as i8,
            Quantization::Int4 if feature < GROUP / 2 => (block[place(feature)] << 4) as i8,
            Quantization::Int4 => (block[place(feature - GROUP / 2)] & 0xF0) as i8,
        };
    }
    numbers
}

#[cfg(test)]
mod tests;
