use std::arch::x86_64::{
    __m256, __m256i, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm256_abs_epi8, _mm256_add_epi32,
    _mm256_add_ps, _mm256_and_si256, _mm256_castsi256_ps, _mm256_cvtepi32_ps, _mm256_cvtepu16_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_mul_ps, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_ps, _mm256_setzero_si256,
    _mm256_sign_epi8, _mm256_slli_epi16, _mm256_slli_epi32, _mm256_storeu_ps,
};

use half::bf16;

use super::simd::StripSimd;

/// x86-64 with AVX2: eight rows of a strip in each of two vectors.
#[derive(Clone, Copy)]
pub struct Avx2;

// SAFETY of every block below: the caller vouches for the instruction set and for the pointers, as `StripSimd` asks.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason covers all of them and stands above")]
impl StripSimd for Avx2 {
    type Quads = [__m256i; 2];
    type Sums = [__m256i; 2];
    type Floats = [__m256; 2];

    const ROWS: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self::Quads {
        unsafe { [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(32).cast())] }
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8) -> [Self::Quads; 2] {
        unsafe {
            let [first, second] = Self::load(from);
            let upper = _mm256_set1_epi8(0xF0_u8 as i8);
            let below = [
                _mm256_and_si256(_mm256_slli_epi16::<4>(first), upper),
                _mm256_and_si256(_mm256_slli_epi16::<4>(second), upper),
            ];
            [below, [_mm256_and_si256(first, upper), _mm256_and_si256(second, upper)]]
        }
    }

    #[inline(always)]
    unsafe fn begin(_correction: *const i32) -> Self::Sums {
        unsafe { [_mm256_setzero_si256(); 2] }
    }

    /// The first factor must not have a sign, and two products must fit 16 bits: the weight gives its sign to the input, so that they are
    /// 2 * 128 * 127 at most.
    #[inline(always)]
    unsafe fn add_products(sums: Self::Sums, weights: Self::Quads, input: *const i8) -> Self::Sums {
        unsafe {
            let input = _mm256_set1_epi32(input.cast::<i32>().read_unaligned());
            let ones = _mm256_set1_epi16(1);
            let [first, second] = weights;
            let first = _mm256_maddubs_epi16(_mm256_abs_epi8(first), _mm256_sign_epi8(input, first));
            let second = _mm256_maddubs_epi16(_mm256_abs_epi8(second), _mm256_sign_epi8(input, second));
            [
                _mm256_add_epi32(sums[0], _mm256_madd_epi16(first, ones)),
                _mm256_add_epi32(sums[1], _mm256_madd_epi16(second, ones)),
            ]
        }
    }

    #[inline(always)]
    unsafe fn zero() -> Self::Floats {
        unsafe { [_mm256_setzero_ps(); 2] }
    }

    #[inline(always)]
    unsafe fn load_scales(from: *const bf16) -> Self::Floats {
        unsafe {
            let first = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast()));
            let second = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.add(8).cast()));
            [
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(first)),
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(second)),
            ]
        }
    }

    #[inline(always)]
    unsafe fn add_scaled(
        total: Self::Floats,
        sums: Self::Sums,
        scales: Self::Floats,
        input_scale: f32,
    ) -> Self::Floats {
        unsafe {
            let input_scale = _mm256_set1_ps(input_scale);
            let first = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[0]), _mm256_mul_ps(scales[0], input_scale));
            let second = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[1]), _mm256_mul_ps(scales[1], input_scale));
            [_mm256_add_ps(total[0], first), _mm256_add_ps(total[1], second)]
        }
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
    unsafe fn prefetch(from: *const u8) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>()) }
    }
}
