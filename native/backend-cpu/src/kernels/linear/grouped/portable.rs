use half::bf16;

use super::simd::StripSimd;
use crate::quantize::{QUAD, QUAD_BYTES, STRIP};

/// Any CPU.
#[derive(Clone, Copy)]
pub struct Portable;

impl StripSimd for Portable {
    type Quads = [i8; QUAD_BYTES];
    type Sums = [i32; STRIP];
    type Floats = [f32; STRIP];

    const ROWS: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self::Quads {
        // SAFETY: the caller vouches for 64 bytes.
        unsafe { from.cast::<Self::Quads>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8) -> [Self::Quads; 2] {
        // SAFETY: as the caller's.
        let bytes = unsafe { Self::load(from) };
        [bytes.map(|byte| byte << 4), bytes.map(|byte| (byte as u8 & 0xF0) as i8)]
    }

    #[inline(always)]
    unsafe fn begin(_correction: *const i32) -> Self::Sums {
        [0; STRIP]
    }

    #[inline(always)]
    unsafe fn add_products(mut sums: Self::Sums, weights: Self::Quads, input: *const i8) -> Self::Sums {
        // SAFETY: the caller vouches for a quad.
        let input = unsafe { input.cast::<[i8; QUAD]>().read_unaligned() }.map(i32::from);
        for row in 0..STRIP {
            for k in 0..QUAD {
                sums[row] += i32::from(weights[row * QUAD + k]) * input[k];
            }
        }
        sums
    }

    #[inline(always)]
    unsafe fn zero() -> Self::Floats {
        [0.0; STRIP]
    }

    #[inline(always)]
    unsafe fn load_scales(from: *const bf16) -> Self::Floats {
        // SAFETY: the caller vouches for 16 scales.
        unsafe { from.cast::<[bf16; STRIP]>().read_unaligned() }.map(bf16::to_f32)
    }

    #[inline(always)]
    unsafe fn add_scaled(
        mut total: Self::Floats,
        sums: Self::Sums,
        scales: Self::Floats,
        input_scale: f32,
    ) -> Self::Floats {
        for row in 0..STRIP {
            total[row] += sums[row] as f32 * (scales[row] * input_scale);
        }
        total
    }

    #[inline(always)]
    unsafe fn to_array(floats: Self::Floats) -> [f32; 16] {
        floats
    }

    #[inline(always)]
    unsafe fn prefetch(_from: *const u8) {}
}
