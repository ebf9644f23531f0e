use std::arch::x86_64::{
    __m256, __m256i, _MM_HINT_T0, _mm_cvtsi32_si128, _mm_loadu_si128, _mm_prefetch, _mm_srl_epi16,
    _mm_srli_si128, _mm256_add_epi16, _mm256_add_epi32, _mm256_add_ps, _mm256_and_si256, _mm256_castsi256_ps,
    _mm256_cvtepi32_ps, _mm256_cvtepu8_epi32, _mm256_fmadd_ps, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_mullo_epi32, _mm256_set1_epi8, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_slli_epi32, _mm256_srai_epi32,
    _mm256_srli_epi16, _mm256_storeu_ps,
};

use super::input::LIMBS;
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
    unsafe fn load_f8(from: *const u8) -> [Self::Floats; 4] {
        unsafe {
            let [first, second] = [widen_f8(from), widen_f8(from.add(32))];
            [[first[0], second[0]], [first[1], second[1]], [first[2], second[2]], [first[3], second[3]]]
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
    unsafe fn add_limbs(mut sums: Self::Sums, [upper, middle, lower]: [Self::LimbSums; LIMBS]) -> Self::Sums {
        unsafe {
            let (ones, many) = (_mm256_set1_epi16(1), _mm256_set1_epi16(256));
            for half in 0..2 {
                let upper = _mm256_slli_epi32::<16>(_mm256_madd_epi16(upper[half], ones));
                let middle = _mm256_madd_epi16(middle[half], many);
                let lower = _mm256_madd_epi16(lower[half], ones);
                sums[half] =
                    _mm256_add_epi32(_mm256_add_epi32(sums[half], upper), _mm256_add_epi32(middle, lower));
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn prefetch(from: *const u8) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>()) }
    }
}

/// Four FP8 numbers of each of eight rows, as [`super::widen_f8`] has them. The shift to the right leaves the sign where it is, and copies
/// of it in the bits of the exponent that have to be 0.
///
/// # Safety
/// The CPU has AVX2; `from` is valid for 32 bytes.
#[inline(always)]
unsafe fn widen_f8(from: *const u8) -> [__m256; 4] {
    // SAFETY: as the caller's.
    unsafe {
        let rows = _mm256_loadu_si256(from.cast());
        let mask = _mm256_set1_epi32(0x87F0_0000_u32 as i32);
        let fields = [
            _mm256_srai_epi32::<4>(_mm256_slli_epi32::<24>(rows)),
            _mm256_srai_epi32::<4>(_mm256_slli_epi32::<16>(rows)),
            _mm256_srai_epi32::<4>(_mm256_slli_epi32::<8>(rows)),
            _mm256_srai_epi32::<4>(rows),
        ];
        [
            _mm256_castsi256_ps(_mm256_and_si256(fields[0], mask)),
            _mm256_castsi256_ps(_mm256_and_si256(fields[1], mask)),
            _mm256_castsi256_ps(_mm256_and_si256(fields[2], mask)),
            _mm256_castsi256_ps(_mm256_and_si256(fields[3], mask)),
        ]
    }
}
