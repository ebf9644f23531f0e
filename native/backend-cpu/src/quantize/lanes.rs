//! Numbers of sixteen rows side by side, in loops that compilers turn into vectors. No closures: one does not inherit the target
//! features of the function around it.

use super::{STRIP, Tile};

pub type Lanes = [f32; STRIP];

/// Added to a number and taken off again, it rounds to the nearest whole one, ties to even; while it is there, the lowest byte is
/// that number in two's complement. For numbers below 2^22.
pub const ROUND: f32 = 12_582_912.0;

const INFINITY_BITS: u32 = 0x7F80_0000;

/// For each row the number that is farthest from 0, and whether all are finite.
#[inline(always)]
pub fn farthest(tile: &Tile) -> (Lanes, [bool; STRIP]) {
    let mut farthest = tile[0];
    for numbers in &tile[1..] {
        for row in 0..STRIP {
            // In this order bits are the order of magnitudes, and whatever is not finite comes last.
            let magnitude = |value: f32| value.to_bits() & !(1 << 31);
            let is_farther = magnitude(numbers[row]) > magnitude(farthest[row]);
            farthest[row] = if is_farther { numbers[row] } else { farthest[row] };
        }
    }
    let mut is_finite = [false; STRIP];
    for row in 0..STRIP {
        is_finite[row] = farthest[row].to_bits() & !(1 << 31) < INFINITY_BITS;
    }
    (farthest, is_finite)
}

/// One by one; 0 where there is nothing to divide by.
#[inline(always)]
pub fn inverse(scales: &Lanes) -> Lanes {
    let mut inverse = [0.0; STRIP];
    for row in 0..STRIP {
        let divided = 1.0 / scales[row];
        inverse[row] = if divided.is_finite() { divided } else { 0.0 };
    }
    inverse
}

/// `numbers / scale`, between `least` and `most`, whole, and still with [`ROUND`] on it.
#[inline(always)]
pub fn rounded(numbers: &Lanes, inverse: &Lanes, least: f32, most: f32) -> Lanes {
    let mut result = [0.0; STRIP];
    for row in 0..STRIP {
        let scaled = numbers[row] * inverse[row];
        let above = if scaled > least { scaled } else { least };
        let within = if above < most { above } else { most };
        result[row] = within + ROUND;
    }
    result
}
