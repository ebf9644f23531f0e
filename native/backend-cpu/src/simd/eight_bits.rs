//! Numbers of eight bits in which caches are kept, beside a scale for each head.

use bytemuck::{Pod, Zeroable};
use half::{bf16, f16};

use super::{Element, Simd};

/// An e4m3 number divided by 256, from -1.75 to 1.75: what the bits of an f16 with the same fields stand for, so that it is
/// widened by a shift. Scales make up for the divisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub struct F8(pub u8);

/// The largest e4m3 number, 448; what has the next bits is no number.
const LARGEST_F8: u8 = 0x7E;

impl Element for F8 {
    /// The nearest one, of two the even one; what is beyond the largest becomes that.
    fn from_f32(value: f32) -> Self {
        let magnitude = value.abs() * 256.0;
        let number = if magnitude < 1.0 / 64.0 {
            // Multiples of 2^-9; the eighth has the bits of the smallest number with an exponent.
            (magnitude * 512.0).round_ties_even() as u8
        } else if magnitude < 448.0 {
            let bits = magnitude.to_bits();
            let rounded = bits + 0x7FFFF + (bits >> 20 & 1);
            ((rounded >> 20) - ((127 - 7) << 3)) as u8
        } else {
            LARGEST_F8
        };
        Self(number | u8::from(value.is_sign_negative()) << 7)
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        let number = u16::from(self.0);
        f16::from_bits((number & 0x80) << 8 | (number & 0x7F) << 7).to_f32()
    }

    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const Self) -> S::Vector {
        // SAFETY: as the caller's.
        unsafe { S::load_f8(from) }
    }
}

impl Element for i8 {
    /// The nearest one, of two the even one; what is beyond the largest becomes that.
    fn from_f32(value: f32) -> Self {
        value.round_ties_even().clamp(-127.0, 127.0) as Self
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self.into()
    }

    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const Self) -> S::Vector {
        // SAFETY: as the caller's.
        unsafe { S::load_i8(from) }
    }
}

/// What keys and values are kept as.
pub trait CacheElement: Element {
    /// What a head's largest number becomes, by a scale in bf16 that is kept beside the head; `None` keeps numbers as they are.
    const LARGEST: Option<f32>;

    /// Keeps a head.
    ///
    /// # Panics
    /// Where `kept` is not as long as `head`.
    fn keep(head: &[f32], kept: &mut [Self], scale: Option<&mut bf16>) {
        let factor = match (Self::LARGEST, scale) {
            (Some(largest), Some(scale)) => {
                *scale = scale_of(head, largest);
                // Numbers are rounded to what the kept scale makes of them.
                if *scale == bf16::ZERO { 0.0 } else { scale.to_f32().recip() }
            }
            _ => 1.0,
        };
        assert_eq!(head.len(), kept.len());
        for (kept, value) in kept.iter_mut().zip(head) {
            *kept = Self::from_f32(value * factor);
        }
    }
}

/// NaN where a number is not finite, so that none of the head is; 0 where what it is would have no reciprocal.
fn scale_of(head: &[f32], largest: f32) -> bf16 {
    if !head.iter().all(|value| value.is_finite()) {
        return bf16::NAN;
    }
    let most = head.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let scale = bf16::from_f32(most / largest);
    if scale < bf16::MIN_POSITIVE { bf16::ZERO } else { scale }
}

impl CacheElement for f32 {
    const LARGEST: Option<f32> = None;
}

impl CacheElement for f16 {
    const LARGEST: Option<f32> = None;
}

impl CacheElement for bf16 {
    const LARGEST: Option<f32> = None;
}

impl CacheElement for F8 {
    const LARGEST: Option<f32> = Some(448.0 / 256.0);
}

impl CacheElement for i8 {
    const LARGEST: Option<f32> = Some(127.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the bits of e4m3 stand for.
    fn value_of(number: u8) -> f32 {
        let (exponent, mantissa) = (i32::from(number >> 3 & 0xF), f32::from(number & 7));
        let value = match exponent {
            0 => mantissa / 8.0 * 2.0_f32.powi(-6),
            _ => (1.0 + mantissa / 8.0) * 2.0_f32.powi(exponent - 7),
        };
        if number & 0x80 == 0 { value } else { -value }
    }

    fn nearest(value: f32) -> f32 {
        value_of(F8::from_f32(value / 256.0).0)
    }

    #[test]
    fn every_e4m3_number_is_kept_as_itself() {
        for number in (0..=LARGEST_F8).flat_map(|number| [number, number | 0x80]) {
            assert_eq!(F8(number).to_f32() * 256.0, value_of(number), "{number:#x}");
            assert_eq!(F8::from_f32(F8(number).to_f32()), F8(number), "{number:#x}");
        }
    }

    #[test]
    fn what_lies_between_two_numbers_goes_to_the_nearer_or_the_even_one() {
        for number in 0..LARGEST_F8 {
            let (below, above) = (value_of(number), value_of(number + 1));
            let middle = f32::midpoint(below, above);
            let even = if number % 2 == 0 { below } else { above };
            assert_eq!((nearest(middle), nearest(-middle)), (even, -even), "{number:#x}");
            assert_eq!(nearest(middle.next_down()), below, "{number:#x}");
            assert_eq!(nearest(middle.next_up()), above, "{number:#x}");
        }
    }

    #[test]
    fn what_is_beyond_the_largest_becomes_that() {
        for beyond in [448.1, 464.0, 480.0, 1e9, f32::MAX] {
            assert_eq!((nearest(beyond), nearest(-beyond)), (448.0, -448.0), "{beyond}");
        }
        assert_eq!([127.4, 127.6, 1e9, -1e9, 0.5, 1.5].map(i8::from_f32), [127, 127, 127, -127, 0, 2]);
    }

    fn kept<E: CacheElement>(head: &[f32]) -> (Vec<f32>, f32) {
        let (mut kept, mut scale) = (vec![E::zeroed(); head.len()], bf16::ONE);
        E::keep(head, &mut kept, Some(&mut scale));
        let scale = scale.to_f32();
        (kept.iter().map(|number| number.to_f32() * scale).collect(), scale)
    }

    /// Half of the distance of two numbers, at the largest one, and what rounding the scale adds.
    fn check<E: CacheElement>(half_step: f32) {
        for size in [1e-30, 1e-4, 1.0, 3e4, 1e38] {
            let head: Vec<f32> = (0..80).map(|index| size * (index as f32 * 0.7).sin()).collect();
            let most = head.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for (value, kept) in head.iter().zip(kept::<E>(&head).0) {
                assert!((value - kept).abs() <= half_step * 1.005 * most, "{value} as {kept}");
            }
        }
        assert_eq!(kept::<E>(&[0.0, -0.0]).0, [0.0, 0.0]);
        assert_eq!(kept::<E>(&[1e-40, 2e-40]).0, [0.0, 0.0]);
        assert!(kept::<E>(&[1.0, f32::NAN]).1.is_nan() && kept::<E>(&[1.0, f32::INFINITY]).1.is_nan());
    }

    #[test]
    fn a_scale_makes_a_heads_largest_number_that_of_the_format_whatever_its_size() {
        check::<F8>(1.0 / 28.0);
        check::<i8>(0.5 / 127.0);
    }
}
