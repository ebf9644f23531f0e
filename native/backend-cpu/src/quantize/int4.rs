use half::bf16;

use super::lanes::{Lanes, ROUND, farthest, inverse, rounded};
use super::{GROUP, QUAD, QUAD_BYTES, STRIP, Tile};

const LEAST: f32 = -8.0;
const MOST: f32 = 7.0;

/// What the farthest number is tried to become, with the sign turned: -8 is the farthest that there is. Beyond it, the farthest is clipped
/// so that all others come out finer.
const TRIED: [f32; 7] = [6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5];

/// Kernels multiply four-bit numbers as the upper halves of bytes.
const UPPER: f32 = 16.0;

/// For each way to round, the scale with the least square error follows from the sums; each row takes the best.
///
/// A byte holds feature `f` below and `f + 16` above, in two's complement. Scales are a sixteenth of what they scale.
#[inline(always)]
pub fn quantize(tile: &Tile, block: &mut [u8], scales: &mut [bf16; STRIP]) {
    let (farthest, is_finite) = farthest(tile);
    // Errors are squares, which in units of the weights would be beyond f32 where these are small.
    let unit = inverse(&farthest);
    let mut best = [0.0; STRIP];
    // Of the square error, what depends on the scale; that of the scale 0 is 0.
    let mut least_error = [0.0; STRIP];
    for tried in TRIED {
        let mut scale = [0.0; STRIP];
        for row in 0..STRIP {
            scale[row] = farthest[row] / -tried;
        }
        let (scale, error) = fit(tile, &scale, &unit);
        for row in 0..STRIP {
            let is_better = error[row] < least_error[row];
            least_error[row] = if is_better { error[row] } else { least_error[row] };
            best[row] = if is_better { scale[row] } else { best[row] };
        }
    }
    let inverse = inverse(&best);
    for feature in 0..GROUP / 2 {
        let below = rounded(&tile[feature], &inverse, LEAST, MOST);
        let above = rounded(&tile[feature + GROUP / 2], &inverse, LEAST, MOST);
        let quad = &mut block[feature / QUAD * QUAD_BYTES..][..QUAD_BYTES];
        for row in 0..STRIP {
            let byte = (below[row].to_bits() & 0xF) | (above[row].to_bits() & 0xF) << 4;
            quad[row * QUAD + feature % QUAD] = byte as u8;
        }
    }
    for row in 0..STRIP {
        // What is not finite stays so, as it would without quantisation.
        scales[row] = if is_finite[row] { bf16::from_f32(best[row] / UPPER) } else { bf16::NAN };
    }
}

/// The scale that suits the numbers as this one rounds them, as it is stored, and its square error less the sum of the squares, both
/// of numbers times `unit`.
#[inline(always)]
fn fit(tile: &Tile, scale: &Lanes, unit: &Lanes) -> (Lanes, Lanes) {
    let inverse = inverse(scale);
    let mut products = [0.0; STRIP];
    let mut squares = [0.0; STRIP];
    for numbers in tile {
        let whole = rounded(numbers, &inverse, LEAST, MOST);
        for row in 0..STRIP {
            let whole = whole[row] - ROUND;
            products[row] += numbers[row] * whole;
            squares[row] += whole * whole;
        }
    }
    let mut fitted = [0.0; STRIP];
    let mut error = [0.0; STRIP];
    for row in 0..STRIP {
        let exact = if squares[row] > 0.0 { products[row] / squares[row] } else { 0.0 };
        fitted[row] = nearest_bf16(exact);
        let (fitted, product) = (fitted[row] * unit[row], products[row] * unit[row]);
        error[row] = (fitted * squares[row] - 2.0 * product) * fitted;
    }
    (fitted, error)
}

#[inline(always)]
fn nearest_bf16(value: f32) -> f32 {
    let bits = value.to_bits();
    f32::from_bits((bits.wrapping_add(0x7FFF + ((bits >> 16) & 1))) & 0xFFFF_0000)
}
