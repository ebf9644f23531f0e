//! A row of input in int8, as its layers multiply it: `[groups][32]` numbers, then for each group its scale in f32, then for each
//! group its correction. Features are filled up with zeros to whole groups, rows to cache lines.

use crate::kernels::linear::LINE_BYTES;
use crate::quantize::GROUP;

const MOST: f32 = 127.0;
/// See [`crate::quantize`]: rounds, and leaves the whole number in the lowest byte.
const ROUND: f32 = 12_582_912.0;
/// Below it, a group's numbers are taken for 0, since what they would have to be multiplied by is beyond f32.
const SMALLEST: f32 = 1e-35;

/// Instructions that take one factor without a sign get the weights with 128 added; what that makes too much is 128 times the sum of the
/// input, and sums begin with its negative.
pub const OFFSET: i32 = 128;

/// Bytes that a row of so many features takes.
pub fn row_bytes(features: usize) -> usize {
    (features.div_ceil(GROUP) * (GROUP + size_of::<f32>() + size_of::<i32>())).next_multiple_of(LINE_BYTES)
}

/// One packed row.
#[derive(Clone, Copy)]
pub struct InputRow {
    pub numbers: *const i8,
    pub scales: *const f32,
    pub corrections: *const i32,
}

impl InputRow {
    /// # Safety
    /// `row` is a packed row of so many groups.
    #[inline(always)]
    pub unsafe fn new(row: *const u8, groups: usize) -> Self {
        // SAFETY: the parts lie one behind the other within the row.
        unsafe {
            let scales = row.add(groups * GROUP).cast::<f32>();
            Self { numbers: row.cast(), scales, corrections: scales.add(groups).cast() }
        }
    }
}

/// Each group is rounded, ties to even, by the scale that makes its farthest number 127. A group with a number that is not
/// finite has no scale, so that its products are not finite either.
#[inline(always)]
pub fn pack_row(row: &[f32], features: usize, output: &mut [u8]) {
    assert!(row.len() == features && output.len() == row_bytes(features));
    let groups = features.div_ceil(GROUP);
    let (numbers, rest) = output.split_at_mut(groups * GROUP);
    let (scales, rest) = rest.split_at_mut(groups * size_of::<f32>());
    let scales: &mut [f32] = bytemuck::cast_slice_mut(scales);
    let corrections: &mut [i32] = bytemuck::cast_slice_mut(&mut rest[..groups * size_of::<i32>()]);
    let (whole, last) = row.as_chunks::<GROUP>();
    let (packed, _) = numbers.as_chunks_mut::<GROUP>();
    for (index, group) in whole.iter().enumerate() {
        (scales[index], corrections[index]) = pack_group(group, &mut packed[index]);
    }
    if !last.is_empty() {
        let mut group = [0.0; GROUP];
        group[..last.len()].copy_from_slice(last);
        (scales[groups - 1], corrections[groups - 1]) = pack_group(&group, &mut packed[groups - 1]);
    }
}

#[inline(always)]
fn pack_group(group: &[f32; GROUP], packed: &mut [u8; GROUP]) -> (f32, i32) {
    // In this order bits are the order of magnitudes, and whatever is not finite comes last.
    let mut bits = 0;
    for value in group {
        let magnitude = value.to_bits() & !(1 << 31);
        bits = if magnitude > bits { magnitude } else { bits };
    }
    let farthest = f32::from_bits(bits);
    let is_finite = farthest.is_finite();
    let inverse = if is_finite && farthest > SMALLEST { MOST / farthest } else { 0.0 };
    let mut sum = 0;
    for (value, packed) in group.iter().zip(packed) {
        let number = if is_finite { (value * inverse + ROUND).to_bits() as i8 } else { 0 };
        sum += i32::from(number);
        *packed = number as u8;
    }
    let scale = if inverse > 0.0 { farthest / MOST } else { 0.0 };
    (if is_finite { scale } else { f32::NAN }, -OFFSET * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_rounded_by_scales_of_their_own() {
        let features = GROUP + 3;
        let mut row = vec![0.0; features];
        row[0] = -127.0;
        row[1] = 2.5;
        row[2] = 3.5;
        row[GROUP] = 1e-3;
        row[GROUP + 1] = -0.5e-3;
        let mut output = vec![0xAAu8; row_bytes(features) + 4];
        let start = output.as_ptr().align_offset(4);
        let output = &mut output[start..][..row_bytes(features)];
        pack_row(&row, features, output);
        let scales: &[f32] = bytemuck::cast_slice(&output[2 * GROUP..][..8]);
        assert_eq!(scales, [1.0, 1e-3 / 127.0]);
        let corrections: &[i32] = bytemuck::cast_slice(&output[2 * GROUP + 8..][..8]);
        assert_eq!(corrections, [-128 * (-127 + 2 + 4), -128 * (127 - 64)]);
        let numbers: Vec<i8> = output[..2 * GROUP].iter().map(|byte| *byte as i8).collect();
        assert_eq!(numbers[..4], [-127, 2, 4, 0]);
        assert_eq!(numbers[GROUP..GROUP + 4], [127, -64, 0, 0]);
    }

    #[test]
    fn what_is_not_finite_is_not_lost_and_what_is_nothing_stays_nothing() {
        let mut packed = [1; GROUP];
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut group = [1.0; GROUP];
            group[7] = value;
            assert!(pack_group(&group, &mut packed).0.is_nan());
        }
        for value in [0.0, 1e-38] {
            assert_eq!(pack_group(&[value; GROUP], &mut packed), (0.0, 0));
            assert_eq!(packed, [0; GROUP]);
        }
    }
}
