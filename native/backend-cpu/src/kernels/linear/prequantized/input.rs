//! Rows of input as strips meet them: in the order of the strips' places, with zeros where groups are filled up.

use super::StripLayout;
use crate::kernels::linear::LINE_BYTES;

/// Features that share a scale once they are brought to whole numbers. Sums of so many products with numbers of four bits fit an i32,
/// and those of one limb fit an i16 where the instructions add two products at once.
pub const PIECE: usize = 32;
/// Bytes of a number: its limbs from -128 to 127, each of which counts 256 times as much as the next. Two would be too few: that
/// moves the logits of checkpoints of four bits by up to 9e-4.
pub const LIMBS: usize = 3;

/// The largest number: [`ROUND`] takes no larger one than 2^22, and this one's lower limbs are the largest that there are.
const MOST: f32 = 0x3F_7F_7F as f32;
/// Rounds to nearest, ties to even, where it is added; the difference of the bits is then the whole number.
const ROUND: f32 = 12_582_912.0;
/// Below it, a piece's numbers are taken for 0, since what they would have to be multiplied by is beyond f32.
const SMALLEST: f32 = 2e-32;

/// What input is multiplied by before it meets FP8, whose numbers are widened to less than they are: 2^80. Products of what is not
/// [`SMALLEST_F8`] are then normal numbers.
pub const F8_INPUT_FACTOR: f32 = f32::from_bits((127 + 80) << 23);
/// Below it, input is taken for 0, so that products lose no bits: 2^-76.
const SMALLEST_F8: f32 = f32::from_bits((127 - 76) << 23);

/// Pieces of a group.
pub fn group_pieces(layout: &StripLayout) -> usize {
    layout.group_places().div_ceil(PIECE)
}

/// Bytes of a row for strips of FP8: f32 for each place, times [`F8_INPUT_FACTOR`], rounded to 20 bits. FP8 has four, so that a product has no more than f32 holds.
pub fn f8_row_bytes(layout: &StripLayout) -> usize {
    (layout.places() * size_of::<f32>()).next_multiple_of(LINE_BYTES)
}

/// Bytes of a row for strips of four bits: for each four places their limbs, the uppermost first; behind them for each piece its
/// scale in f32, then the sum of its numbers.
pub fn u4_row_bytes(layout: &StripLayout) -> usize {
    let pieces = layout.groups() * group_pieces(layout);
    let piece_bytes = size_of::<f32>() + size_of::<i32>();
    (layout.places() * LIMBS + pieces * piece_bytes).next_multiple_of(LINE_BYTES)
}

/// A row packed by [`pack_u4_row`].
#[derive(Clone, Copy)]
pub struct U4Row {
    pub limbs: *const i8,
    pub scales: *const f32,
    pub sums: *const i32,
}

impl U4Row {
    /// # Safety
    /// `row` is a row that is packed for this layout.
    #[inline(always)]
    pub unsafe fn new(row: *const u8, layout: &StripLayout) -> Self {
        // SAFETY: the parts lie one behind the other within the row.
        unsafe {
            let scales = row.add(layout.places() * LIMBS).cast::<f32>();
            let sums = scales.add(layout.groups() * group_pieces(layout)).cast();
            Self { limbs: row.cast(), scales, sums }
        }
    }
}

#[inline(always)]
pub fn pack_f8_row(row: &[f32], layout: &StripLayout, output: &mut [u8]) {
    let output: &mut [f32] = &mut bytemuck::cast_slice_mut(output)[..layout.places()];
    let places = output.chunks_mut(layout.group_places());
    for (group, places) in places.enumerate() {
        gather(row, layout, group * layout.group, layout.features_of(group), places);
        places.iter_mut().for_each(|value| *value = round_to_20_bits(*value) * F8_INPUT_FACTOR);
    }
}

#[inline(always)]
pub fn pack_u4_row(row: &[f32], layout: &StripLayout, output: &mut [u8]) {
    let pieces = group_pieces(layout);
    let (limbs, rest) = output.split_at_mut(layout.places() * LIMBS);
    let (scales, rest) = rest.split_at_mut(layout.groups() * pieces * size_of::<f32>());
    let scales: &mut [f32] = bytemuck::cast_slice_mut(scales);
    let sums: &mut [i32] = bytemuck::cast_slice_mut(&mut rest[..size_of_val(scales)]);
    let groups = limbs
        .chunks_mut(layout.group_places() * LIMBS)
        .zip(scales.chunks_mut(pieces))
        .zip(sums.chunks_mut(pieces));
    for (group, ((limbs, scales), sums)) in groups.enumerate() {
        let features = layout.features_of(group);
        for (piece, limbs) in limbs.chunks_mut(PIECE * LIMBS).enumerate() {
            let start = piece * PIECE;
            let mut values = [0.0; PIECE];
            gather(row, layout, group * layout.group + start, PIECE.min(features - start), &mut values);
            let mut packed = [0; PIECE];
            (scales[piece], sums[piece]) = pack_piece(&values, &mut packed);
            split(&packed, limbs);
        }
    }
}

/// Writes what the numbers from `first` on meet, `count` of them, and zeros behind them.
#[inline(always)]
fn gather(row: &[f32], layout: &StripLayout, first: usize, count: usize, output: &mut [f32]) {
    let (values, filling) = output.split_at_mut(count);
    match &layout.order {
        None => values.copy_from_slice(&row[first..first + count]),
        Some(order) => {
            for (value, feature) in values.iter_mut().zip(&order[first..first + count]) {
                *value = row[*feature as usize];
            }
        }
    }
    filling.fill(0.0);
}

/// To nearest; ties away from 0. What is not finite stays.
#[inline(always)]
fn round_to_20_bits(value: f32) -> f32 {
    let rounded = f32::from_bits(value.to_bits().wrapping_add(0x08) & !0x0F);
    let rounded = if value.is_finite() { rounded } else { value };
    if value.abs() < SMALLEST_F8 { 0.0 } else { rounded }
}

/// Writes the limbs of the numbers, as far as there is room.
#[inline(always)]
fn split(numbers: &[i32; PIECE], limbs: &mut [u8]) {
    for (numbers, limbs) in numbers.as_chunks::<4>().0.iter().zip(limbs.as_chunks_mut::<{ 4 * LIMBS }>().0) {
        for (index, number) in numbers.iter().enumerate() {
            let mut rest = *number;
            for limb in (0..LIMBS).rev() {
                let lowest = rest as i8;
                limbs[4 * limb + index] = lowest as u8;
                rest = (rest - i32::from(lowest)) >> 8;
            }
        }
    }
}

/// Rounds a piece by the scale that makes its farthest number [`MOST`], and returns the scale and the sum of the numbers. One with a number
/// that is not finite has no scale, so that its products are not finite either.
#[inline(always)]
fn pack_piece(values: &[f32; PIECE], packed: &mut [i32; PIECE]) -> (f32, i32) {
    // In this order bits are the order of magnitudes, and whatever is not finite comes last.
    let mut bits = 0;
    for value in values {
        let magnitude = value.to_bits() & !(1 << 31);
        bits = if magnitude > bits { magnitude } else { bits };
    }
    let farthest = f32::from_bits(bits);
    if !farthest.is_finite() {
        *packed = [0; PIECE];
        return (f32::NAN, 0);
    }
    if farthest <= SMALLEST {
        *packed = [0; PIECE];
        return (0.0, 0);
    }
    let inverse = MOST / farthest;
    let mut sum = 0;
    for (value, packed) in values.iter().zip(packed) {
        let number = (value * inverse + ROUND).to_bits() as i32 - ROUND.to_bits() as i32;
        sum += number;
        *packed = number;
    }
    (farthest / MOST, sum)
}

#[cfg(test)]
mod tests {
    use conduit_backend::NumberFormat;

    use super::*;

    fn layout(features: usize, group: usize, order: Option<Vec<u32>>) -> StripLayout {
        StripLayout {
            format: NumberFormat::U4,
            bytes: 0,
            scales: 0,
            zero_points: None,
            zero_point: 0,
            features,
            group,
            shares_scales: false,
            order: order.map(Into::into),
        }
    }

    #[test]
    fn pieces_are_rounded_by_scales_of_their_own_within_their_groups() {
        let layout = layout(44, 40, None);
        let mut row = vec![0.0; 44];
        (row[0], row[1], row[2], row[3]) = (-MOST, 2.5, 3.5, 100_300.0);
        row[32] = 1e-3;
        row[40] = -0.5;
        let mut output = vec![0xAA_AA_AA_AAu32; u4_row_bytes(&layout) / 4];
        let output: &mut [u8] = bytemuck::cast_slice_mut(&mut output);
        pack_u4_row(&row, &layout, output);
        // SAFETY: the row is packed for this layout.
        let packed = unsafe { U4Row::new(output.as_ptr(), &layout) };
        let number = |place: usize| {
            let limb = |index: usize| i32::from(output[place / 4 * 12 + index * 4 + place % 4] as i8);
            256 * (256 * limb(0) + limb(1)) + limb(2)
        };
        let most = MOST as i32;
        assert_eq!([0, 1, 2, 3, 4].map(number), [-most, 2, 4, 100_300, 0]);
        assert_eq!([32, 33, 40, 41, 47].map(number), [most, 0, -most, 0, 0]);
        let pieces = |piece| {
            // SAFETY: two groups of two pieces; the last group has one.
            unsafe { (*packed.scales.add(piece), *packed.sums.add(piece)) }
        };
        assert_eq!(
            [pieces(0), pieces(1), pieces(2)],
            [(1.0, -most + 2 + 4 + 100_300), (1e-3 / MOST, most), (0.5 / MOST, -most)]
        );
    }

    #[test]
    fn products_of_20_bits_with_fp8_are_exact() {
        for value in [1.0, -1.0 / 3.0, 0.1, 1e-7, 3.4e38, f32::MIN_POSITIVE, 0.0] {
            let rounded = round_to_20_bits(value);
            assert!((rounded - value).abs() <= value.abs() * 2f32.powi(-20) + SMALLEST_F8);
            for weight in [1.875f32, 1.625, 15.0] {
                assert_eq!(f64::from(rounded / 32.0 * weight), f64::from(rounded / 32.0) * f64::from(weight));
            }
        }
        assert!(round_to_20_bits(f32::NAN).is_nan() && round_to_20_bits(f32::INFINITY) == f32::INFINITY);
    }

    #[test]
    fn an_order_is_that_of_the_places() {
        let layout = layout(8, 8, Some(vec![7, 0, 1, 2, 3, 4, 5, 6]));
        let row: Vec<f32> = (0..8).map(|value| value as f32).collect();
        let mut values = [0.0; 8];
        gather(&row, &layout, 0, 8, &mut values);
        assert_eq!(values, [7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn what_is_not_finite_is_not_lost_and_what_is_nothing_stays_nothing() {
        let mut packed = [1; PIECE];
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut values = [1.0; PIECE];
            values[7] = value;
            assert!(pack_piece(&values, &mut packed).0.is_nan());
        }
        for value in [0.0, 1e-38] {
            assert_eq!(pack_piece(&[value; PIECE], &mut packed), (0.0, 0));
            assert_eq!(packed, [0; PIECE]);
        }
        for value in [3e-32, f32::MAX] {
            let (scale, sum) = pack_piece(&[value; PIECE], &mut packed);
            assert!(scale > 0.0 && scale.is_finite() && sum == 32 * MOST as i32);
        }
    }
}
