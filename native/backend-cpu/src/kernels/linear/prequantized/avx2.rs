use std::arch::x86_64::{
    __m256, __m256i, _MM_HINT_T0, _mm_cvtsi32_si128, _mm_loadu_si128, _mm_prefetch, _mm_srl_epi16,
    _mm_srli_si128, _mm256_add_epi16, _mm256_add_epi32, _mm256_add_ps, _mm256_and_si256,
    _mm256_castsi256_si128, _mm256_cvtepi32_ps, _mm256_cvtepu8_epi32, _mm256_cvtph_ps,
    _mm256_extracti128_si256, _mm256_fmadd_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_mul_ps, _mm256_mullo_epi32, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_si256, _mm256_slli_epi16, _mm256_srai_epi16, _mm256_srli_epi16,
    _mm256_storeu_ps,
};

use super::simd::StripSimd;
use crate::simd::{self, Element};

/// x86-64 with AVX2: eight rows of a strip in each of two vectors.
#[derive(Clone, Copy)]
pub struct Avx2;

// SAFETY of every block below: the caller vouches for the instruction set and for the pointers, as `StripSimd` asks.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason covers all of them and stands above")]
impl StripSimd for Avx2 {
    type Floats = [__m256; 2];
    type Sums = [__m256i; 2];
    type Quads = [__m256i; 2];
    type LimbSums = [__m256i; 2];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Floats {
        unsafe { [_mm256_set1_ps(value); 2] }
    }

    #[inline(always)]
    unsafe fn load<E: Element>(from: *const E) -> Self::Floats {
        unsafe { [E::load::<simd::Avx2>(from), E::load::<simd::Avx2>(from.add(8))] }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn multiply(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn multiply_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    unsafe fn to_array(floats: Self::Floats) -> [f32; 16] {
        let mut array = [0.0; 16];
        unsafe {
            _mm256_storeu_ps(array.as_mut_ptr(), floats[0]);
            _mm256_storeu_ps(array.as_mut_ptr().add(8), floats[1]);
        }
        array
    }

    #[inline(always)]
    unsafe fn load_f8(from: *const u8) -> [Self::Floats; 2] {
        unsafe {
            let bytes = _mm256_loadu_si256(from.cast());
            // The shift leaves the sign where it was, and a copy of it in the bit of the exponent that has to be 0; of the second
            // numbers it leaves bits of the first ones below.
            let first = _mm256_srai_epi16::<1>(_mm256_slli_epi16::<8>(bytes));
            let first = _mm256_and_si256(first, _mm256_set1_epi16(0xBFFF_u16 as i16));
            let second = _mm256_srai_epi16::<1>(bytes);
            let second = _mm256_and_si256(second, _mm256_set1_epi16(0xBF80_u16 as i16));
            [widen(first), widen(second)]
        }
    }

    #[inline(always)]
    unsafe fn splat_whole(value: i32) -> Self::Sums {
        unsafe { [_mm256_set1_epi32(value); 2] }
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8, upper: bool) -> Self::Sums {
        unsafe {
            let shift = _mm_cvtsi32_si128(if upper { 4 } else { 0 });
            let bytes = _mm_srl_epi16(_mm_loadu_si128(from.cast()), shift);
            let mask = _mm256_set1_epi32(0x0F);
            [
                _mm256_and_si256(_mm256_cvtepu8_epi32(bytes), mask),
                _mm256_and_si256(_mm256_cvtepu8_epi32(_mm_srli_si128::<8>(bytes)), mask),
            ]
        }
    }

    #[inline(always)]
    unsafe fn multiply_whole(a: Self::Sums, b: i32) -> Self::Sums {
        unsafe {
            let b = _mm256_set1_epi32(b);
            [_mm256_mullo_epi32(a[0], b), _mm256_mullo_epi32(a[1], b)]
        }
    }

    #[inline(always)]
    unsafe fn to_floats(sums: Self::Sums) -> Self::Floats {
        unsafe { [_mm256_cvtepi32_ps(sums[0]), _mm256_cvtepi32_ps(sums[1])] }
    }

    #[inline(always)]
    unsafe fn load_step(from: *const u8) -> [Self::Quads; 2] {
        unsafe {
            let [first, second] = [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(32).cast())];
            let mask = _mm256_set1_epi8(0x0F);
            [
                [_mm256_and_si256(first, mask), _mm256_and_si256(second, mask)],
                [
                    _mm256_and_si256(_mm256_srli_epi16::<4>(first), mask),
                    _mm256_and_si256(_mm256_srli_epi16::<4>(second), mask),
                ],
            ]
        }
    }

    #[inline(always)]
    unsafe fn zero_limbs() -> Self::LimbSums {
        unsafe { [_mm256_setzero_si256(); 2] }
    }

    /// Two products are 2 * 15 * 128 at most, so that those of eight quads fit 16 bits.
    #[inline(always)]
    unsafe fn add_products(sums: Self::LimbSums, weights: Self::Quads, input: *const i8) -> Self::LimbSums {
        unsafe {
            let input = _mm256_set1_epi32(input.cast::<i32>().read_unaligned());
            [
                _mm256_add_epi16(sums[0], _mm256_maddubs_epi16(weights[0], input)),
                _mm256_add_epi16(sums[1], _mm256_maddubs_epi16(weights[1], input)),
            ]
        }
    }

    #[inline(always)]
    unsafe fn add_limbs(sums: Self::Sums, upper: Self::LimbSums, lower: Self::LimbSums) -> Self::Sums {
        unsafe {
            let (ones, many) = (_mm256_set1_epi16(1), _mm256_set1_epi16(256));
            let first =
                _mm256_add_epi32(_mm256_madd_epi16(upper[0], many), _mm256_madd_epi16(lower[0], ones));
            let second =
                _mm256_add_epi32(_mm256_madd_epi16(upper[1], many), _mm256_madd_epi16(lower[1], ones));
            [_mm256_add_epi32(sums[0], first), _mm256_add_epi32(sums[1], second)]
        }
    }

    #[inline(always)]
    unsafe fn prefetch(from: *const u8) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>()) }
    }
}

/// Sixteen f16 in f32.
///
/// # Safety
/// The CPU has AVX2 and F16C.
#[inline(always)]
unsafe fn widen(halves: __m256i) -> [__m256; 2] {
    // SAFETY: as the caller's.
    unsafe {
        [
            _mm256_cvtph_ps(_mm256_castsi256_si128(halves)),
            _mm256_cvtph_ps(_mm256_extracti128_si256::<1>(halves)),
        ]
    }
}
