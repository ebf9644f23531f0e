use std::arch::x86_64::{
    __m128i, _CMP_NLT_UQ, _MM_HINT_T0, _mm_add_ps, _mm_add_ss, _mm_and_si128, _mm_cvtepi8_epi16,
    _mm_cvtss_f32, _mm_loadl_epi64, _mm_loadu_si128, _mm_movehl_ps, _mm_prefetch, _mm_set1_epi16,
    _mm_shuffle_ps, _mm_slli_epi16, _mm256_add_epi32, _mm256_add_ps, _mm256_and_ps, _mm256_castps256_ps128,
    _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps, _mm256_cvtepu16_epi32,
    _mm256_cvtph_ps, _mm256_cvtps_epi32, _mm256_div_ps, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_ps,
};
use std::arch::x86_64::{__m256, __m256i};

use half::{bf16, f16};

use super::{F8, Simd};

/// x86-64 with AVX2, FMA and F16C (Intel since 2013, AMD since 2015).
#[derive(Clone, Copy)]
pub struct Avx2;

// SAFETY of every block below: the caller vouches for the instruction set and for the pointers, as `Simd` asks.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason covers all of them and stands above")]
impl Simd for Avx2 {
    type Vector = __m256;
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m256 {
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const f16) -> __m256 {
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast::<__m128i>())) }
    }

    #[inline(always)]
    unsafe fn load_bf16(from: *const bf16) -> __m256 {
        unsafe {
            let wide: __m256i = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast::<__m128i>()));
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(wide))
        }
    }

    #[inline(always)]
    unsafe fn load_f8(from: *const F8) -> __m256 {
        unsafe {
            let wide = _mm_slli_epi16::<7>(_mm_cvtepi8_epi16(_mm_loadl_epi64(from.cast())));
            // The sign is copied into the bit of the exponent that has to be 0.
            _mm256_cvtph_ps(_mm_and_si128(wide, _mm_set1_epi16(0xBFFF_u16 as i16)))
        }
    }

    #[inline(always)]
    unsafe fn load_i8(from: *const i8) -> __m256 {
        unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(from.cast()))) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: __m256) {
        unsafe { _mm256_storeu_ps(to, value) }
    }

    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn subtract(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn multiply(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn divide(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_div_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn multiply_add(a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn minimum(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_min_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn maximum(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_max_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn power_of_two(x: __m256) -> __m256 {
        unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(x), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        }
    }

    #[inline(always)]
    unsafe fn zero_below(value: __m256, x: __m256, threshold: __m256) -> __m256 {
        unsafe { _mm256_and_ps(value, _mm256_cmp_ps::<_CMP_NLT_UQ>(x, threshold)) }
    }

    #[inline(always)]
    unsafe fn sum(value: __m256) -> f32 {
        unsafe {
            let half = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps::<1>(value));
            let quarter = _mm_add_ps(half, _mm_movehl_ps(half, half));
            _mm_cvtss_f32(_mm_add_ss(quarter, _mm_shuffle_ps::<1>(quarter, quarter)))
        }
    }

    #[inline(always)]
    unsafe fn prefetch<T>(from: *const T) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>()) }
    }
}
