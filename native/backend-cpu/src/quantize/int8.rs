use half::bf16;

use super::lanes::{ROUND, farthest, inverse, rounded};
use super::{QUAD, QUAD_BYTES, STRIP, Tile};

/// Largest number.
const MOST: f32 = 127.0;

/// Scales that are tried: steps of bf16 from the largest that clips.
const TRIED: u32 = 6;

/// Of the scales from just below the one that the farthest number needs, each row takes that with the least square error; chance decides
/// which fits best, and trying six leaves a fifth less of the error.
#[inline(always)]
pub fn quantize(tile: &Tile, block: &mut [u8], scales: &mut [bf16; STRIP]) {
    let (farthest, is_finite) = farthest(tile);
    let mut first = [0; STRIP];
    for row in 0..STRIP {
        let needed = farthest[row].abs() / MOST;
        let rounded_up = (needed.to_bits() + 0xFFFF) >> 16;
        first[row] = if rounded_up > 0 { rounded_up - 1 } else { 0 };
    }
    let mut best = [0.0; STRIP];
    let mut least_error = [f32::INFINITY; STRIP];
    for tried in 0..TRIED {
        let mut scale = [0.0; STRIP];
        for row in 0..STRIP {
            scale[row] = f32::from_bits((first[row] + tried) << 16);
        }
        let error = error(tile, &scale);
        for row in 0..STRIP {
            let is_better = error[row] < least_error[row];
            least_error[row] = if is_better { error[row] } else { least_error[row] };
            best[row] = if is_better { scale[row] } else { best[row] };
        }
    }
    let inverse = inverse(&best);
    for (feature, numbers) in tile.iter().enumerate() {
        let numbers = rounded(numbers, &inverse, -MOST, MOST);
        let quad = &mut block[feature / QUAD * QUAD_BYTES..][..QUAD_BYTES];
        for row in 0..STRIP {
            quad[row * QUAD + feature % QUAD] = numbers[row].to_bits() as u8;
        }
    }
    for row in 0..STRIP {
        // What is not finite stays so, as it would without quantisation.
        scales[row] = if is_finite[row] { bf16::from_f32(best[row]) } else { bf16::NAN };
    }
}

/// The square error of each row.
#[inline(always)]
fn error(tile: &Tile, scale: &[f32; STRIP]) -> [f32; STRIP] {
    let inverse = inverse(scale);
    let mut error = [0.0; STRIP];
    for numbers in tile {
        let whole = rounded(numbers, &inverse, -MOST, MOST);
        for row in 0..STRIP {
            let difference = numbers[row] - (whole[row] - ROUND) * scale[row];
            error[row] += difference * difference;
        }
    }
    error
}
