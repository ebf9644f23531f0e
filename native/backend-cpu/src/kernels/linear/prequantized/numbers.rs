#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, _mm_and_si128, _mm_loadl_epi64, _mm_set1_epi16, _mm_setzero_si128, _mm_srai_epi16,
    _mm_unpacklo_epi8, _mm256_and_si256, _mm256_cvtepi32_ps, _mm256_cvtepu8_epi32, _mm256_cvtph_ps,
    _mm256_set1_epi32, _mm256_srli_epi32,
};

use half::f16;

#[cfg(target_arch = "x86_64")]
use crate::simd::Avx2;
use crate::simd::{Portable, Simd};

/// What numbers of eight bits are multiplied by once they are widened.
pub const F8_FACTOR: f32 = 256.0;

/// An e4m3 number, divided by [`F8_FACTOR`]: the bits of an f16 have the same fields, with three bits more of exponent to be filled.
pub fn widen_f8(number: u8) -> f32 {
    let number = u16::from(number);
    f16::from_bits((number & 0x80) << 8 | (number & 0x7F) << 7).to_f32()
}

/// Vectors that numbers are widened into: half a strip each.
pub trait Widen: Simd {
    /// Eight numbers of eight bits, each divided by [`F8_FACTOR`].
    ///
    /// # Safety
    /// As [`Simd`]; `from` is valid for eight bytes.
    unsafe fn f8(from: *const u8) -> Self::Vector;
    /// The lower and the upper halves of eight bytes.
    ///
    /// # Safety
    /// As [`Simd`]; `from` is valid for eight bytes.
    unsafe fn nibbles(from: *const u8) -> [Self::Vector; 2];
}

impl Widen for Portable {
    #[inline(always)]
    unsafe fn f8(from: *const u8) -> Self::Vector {
        // SAFETY: the caller vouches for eight bytes.
        unsafe { from.cast::<[u8; 8]>().read_unaligned() }.map(widen_f8)
    }

    #[inline(always)]
    unsafe fn nibbles(from: *const u8) -> [Self::Vector; 2] {
        // SAFETY: the caller vouches for eight bytes.
        let bytes = unsafe { from.cast::<[u8; 8]>().read_unaligned() };
        [bytes.map(|byte| f32::from(byte & 0x0F)), bytes.map(|byte| f32::from(byte >> 4))]
    }
}

#[cfg(target_arch = "x86_64")]
impl Widen for Avx2 {
    #[inline(always)]
    unsafe fn f8(from: *const u8) -> __m256 {
        // SAFETY: the caller vouches for eight bytes and for the instruction set.
        unsafe {
            let upper = _mm_unpacklo_epi8(_mm_setzero_si128(), _mm_loadl_epi64(from.cast()));
            // The shift leaves the sign where it was, and a copy of it in the bit of the exponent that has to be 0.
            let halves = _mm_and_si128(_mm_srai_epi16::<1>(upper), _mm_set1_epi16(0xBFFF_u16 as i16));
            _mm256_cvtph_ps(halves)
        }
    }

    #[inline(always)]
    unsafe fn nibbles(from: *const u8) -> [__m256; 2] {
        // SAFETY: the caller vouches for eight bytes and for the instruction set.
        unsafe {
            let wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64(from.cast()));
            let lower = _mm256_and_si256(wide, _mm256_set1_epi32(0x0F));
            [_mm256_cvtepi32_ps(lower), _mm256_cvtepi32_ps(_mm256_srli_epi32::<4>(wide))]
        }
    }
}
