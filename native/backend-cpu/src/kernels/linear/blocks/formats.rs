use conduit_backend::BlockFormat;

use super::{Block, Unpacked};

/// Defines a block of bytes, in the order of `ggml-common.h`.
macro_rules! block {
    ($name:ident { $($field:ident: $bytes:literal),* }) => {
        #[derive(Clone, Copy)]
        #[repr(C)]
        pub struct $name {
            $($field: [u8; $bytes],)*
        }

        // SAFETY: arrays of bytes alone, which have no gaps between them and take any value.
        unsafe impl bytemuck::Zeroable for $name {}
        // SAFETY: as above.
        unsafe impl bytemuck::Pod for $name {}

        const _: () = assert!(size_of::<$name>() == BlockFormat::$name.bytes());
    };
}

block!(Q4_0 { scale: 2, numbers: 16 });
block!(Q4_1 { scale: 2, minimum: 2, numbers: 16 });
block!(Q5_0 { scale: 2, fifth_bits: 4, numbers: 16 });
block!(Q5_1 { scale: 2, minimum: 2, fifth_bits: 4, numbers: 16 });
block!(Q8_0 { scale: 2, numbers: 32 });
block!(Q4K { scale: 2, minimum: 2, scales: 12, numbers: 128 });
block!(Q5K { scale: 2, minimum: 2, scales: 12, fifth_bits: 32, numbers: 128 });
block!(Q6K { numbers: 128, upper_bits: 64, scales: 16, scale: 2 });

/// An f16 that is finite: its fields at their places in an f32, whose exponent counts from another number.
#[inline(always)]
fn half(bytes: [u8; 2]) -> f32 {
    const EXPONENT: f32 = f32::from_bits((127 + 127 - 15) << 23);
    let bits = u32::from(u16::from_le_bytes(bytes));
    let magnitude = f32::from_bits((bits & 0x7FFF) << 13) * EXPONENT;
    f32::from_bits(magnitude.to_bits() | (bits & 0x8000) << 16)
}

/// The lower halves of bytes are the first numbers, the upper ones those that follow; `offset` is taken off each.
#[inline(always)]
fn unpack_nibbles(bytes: &[u8], offset: i8, numbers: &mut [i8]) {
    let (lower, upper) = numbers.split_at_mut(bytes.len());
    for ((byte, lower), upper) in bytes.iter().zip(lower).zip(upper) {
        *lower = (byte & 0x0F) as i8 - offset;
        *upper = (byte >> 4) as i8 - offset;
    }
}

/// Adds the fifth bit, of a number of 32 bits, to each of 32 numbers.
#[inline(always)]
fn add_fifth_bits(bits: [u8; 4], numbers: &mut [i8]) {
    let bits = u32::from_le_bytes(bits);
    for (index, number) in numbers[..32].iter_mut().enumerate() {
        *number += ((bits >> index & 1) << 4) as i8;
    }
}

/// Eight scales and eight minimums of six bits, multiplied by those that they share: the lower four bits of the last four of each
/// share bytes, and their upper two are those of the first four.
#[inline(always)]
fn unpack_scales(scale: f32, minimum: f32, packed: &[u8; 12], unpacked: &mut Unpacked) {
    for group in 0..4 {
        let (scales, minimums, shared) = (packed[group], packed[group + 4], packed[group + 8]);
        let last_scale = shared & 0x0F | scales >> 6 << 4;
        let last_minimum = shared >> 4 | minimums >> 6 << 4;
        unpacked.scales[group] = scale * f32::from(scales & 0x3F);
        unpacked.minimums[group] = minimum * f32::from(minimums & 0x3F);
        unpacked.scales[group + 4] = scale * f32::from(last_scale);
        unpacked.minimums[group + 4] = minimum * f32::from(last_minimum);
    }
}

impl Block for Q4_0 {
    const WEIGHTS: usize = 32;
    const GROUP: usize = 32;
    const HAS_MINIMUMS: bool = false;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        unpacked.scales[0] = half(self.scale);
        unpack_nibbles(&self.numbers, 8, &mut unpacked.numbers[..32]);
    }
}

impl Block for Q4_1 {
    const WEIGHTS: usize = 32;
    const GROUP: usize = 32;
    const HAS_MINIMUMS: bool = true;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        unpacked.scales[0] = half(self.scale);
        // What the file has is added.
        unpacked.minimums[0] = -half(self.minimum);
        unpack_nibbles(&self.numbers, 0, &mut unpacked.numbers[..32]);
    }
}

impl Block for Q5_0 {
    const WEIGHTS: usize = 32;
    const GROUP: usize = 32;
    const HAS_MINIMUMS: bool = false;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        unpacked.scales[0] = half(self.scale);
        unpack_nibbles(&self.numbers, 16, &mut unpacked.numbers[..32]);
        add_fifth_bits(self.fifth_bits, &mut unpacked.numbers);
    }
}

impl Block for Q5_1 {
    const WEIGHTS: usize = 32;
    const GROUP: usize = 32;
    const HAS_MINIMUMS: bool = true;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        unpacked.scales[0] = half(self.scale);
        unpacked.minimums[0] = -half(self.minimum);
        unpack_nibbles(&self.numbers, 0, &mut unpacked.numbers[..32]);
        add_fifth_bits(self.fifth_bits, &mut unpacked.numbers);
    }
}

impl Block for Q8_0 {
    const WEIGHTS: usize = 32;
    const GROUP: usize = 32;
    const HAS_MINIMUMS: bool = false;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        unpacked.scales[0] = half(self.scale);
        for (number, byte) in unpacked.numbers[..32].iter_mut().zip(&self.numbers) {
            *number = *byte as i8;
        }
    }
}

impl Block for Q4K {
    const WEIGHTS: usize = 256;
    const GROUP: usize = 32;
    const HAS_MINIMUMS: bool = true;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        unpack_scales(half(self.scale), half(self.minimum), &self.scales, unpacked);
        for (bytes, numbers) in self.numbers.chunks_exact(32).zip(unpacked.numbers.chunks_exact_mut(64)) {
            unpack_nibbles(bytes, 0, numbers);
        }
    }
}

impl Block for Q5K {
    const WEIGHTS: usize = 256;
    const GROUP: usize = 32;
    const HAS_MINIMUMS: bool = true;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        unpack_scales(half(self.scale), half(self.minimum), &self.scales, unpacked);
        for (bytes, numbers) in self.numbers.chunks_exact(32).zip(unpacked.numbers.chunks_exact_mut(64)) {
            unpack_nibbles(bytes, 0, numbers);
        }
        // Bit `n` of each byte belongs to group `n`.
        for (group, numbers) in unpacked.numbers.chunks_exact_mut(32).enumerate() {
            for (number, bits) in numbers.iter_mut().zip(&self.fifth_bits) {
                *number |= ((bits >> group & 1) << 4) as i8;
            }
        }
    }
}

impl Block for Q6K {
    const WEIGHTS: usize = 256;
    const GROUP: usize = 16;
    const HAS_MINIMUMS: bool = false;

    #[inline(always)]
    fn unpack(&self, unpacked: &mut Unpacked) {
        let scale = half(self.scale);
        for (scale_of_group, byte) in unpacked.scales.iter_mut().zip(&self.scales) {
            *scale_of_group = scale * f32::from(*byte as i8);
        }
        // Each half of a block: 64 bytes hold its 128 lower nibbles, 32 bytes the two upper bits of four times 32 numbers.
        let halves = self.numbers.chunks_exact(64).zip(self.upper_bits.chunks_exact(32));
        for ((lower, upper), numbers) in halves.zip(unpacked.numbers.chunks_exact_mut(128)) {
            unpack_nibbles(lower, 0, numbers);
            for (quarter, numbers) in numbers.chunks_exact_mut(32).enumerate() {
                for (number, bits) in numbers.iter_mut().zip(upper) {
                    *number = (*number | ((bits >> (2 * quarter) & 0x03) << 4) as i8) - 32;
                }
            }
        }
    }
}

/// Writes the weights of a row of blocks to `output`.
pub fn read_row(format: BlockFormat, row: &[u8], output: &mut [f32]) {
    fn read<B: Block>(row: &[u8], output: &mut [f32]) {
        let mut unpacked = Unpacked::zeros();
        let blocks: &[B] = bytemuck::cast_slice(row);
        for (block, output) in blocks.iter().zip(output.chunks_exact_mut(B::WEIGHTS)) {
            block.unpack(&mut unpacked);
            for (index, output) in output.iter_mut().enumerate() {
                let group = index / B::GROUP;
                let product = unpacked.scales[group] * f32::from(unpacked.numbers[index]);
                *output = if B::HAS_MINIMUMS { product - unpacked.minimums[group] } else { product };
            }
        }
    }
    match format {
        BlockFormat::Q4_0 => read::<Q4_0>(row, output),
        BlockFormat::Q4_1 => read::<Q4_1>(row, output),
        BlockFormat::Q5_0 => read::<Q5_0>(row, output),
        BlockFormat::Q5_1 => read::<Q5_1>(row, output),
        BlockFormat::Q8_0 => read::<Q8_0>(row, output),
        BlockFormat::Q4K => read::<Q4K>(row, output),
        BlockFormat::Q5K => read::<Q5K>(row, output),
        BlockFormat::Q6K => read::<Q6K>(row, output),
    }
}
