use std::arch::x86_64::{
    __m512, __m512i, _MM_HINT_T0, _mm_prefetch, _mm256_loadu_si256, _mm512_add_ps, _mm512_and_si512,
    _mm512_castsi512_ps, _mm512_cvtepi32_ps, _mm512_cvtepu16_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512,
    _mm512_mul_ps, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi16,
    _mm512_slli_epi32, _mm512_storeu_ps, _mm512_xor_si512,
};

use half::bf16;

use super::simd::StripSimd;

/// x86-64 with AVX-512 and its dot product of bytes: a strip in one vector. The weights are the factor without a sign.
#[derive(Clone, Copy)]
pub struct Vnni;

// SAFETY of every block below: the caller vouches for the instruction set and for the pointers, as `StripSimd` asks.
#[expect(clippy::undocumented_unsafe_blocks, reason = "one reason covers all of them and stands above")]
impl StripSimd for Vnni {
    type Quads = __m512i;
    type Sums = __m512i;
    type Floats = __m512;

    const ROWS: usize = 8;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> __m512i {
        unsafe { with_offset(_mm512_loadu_si512(from.cast())) }
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8) -> [__m512i; 2] {
        unsafe {
            let bytes = _mm512_loadu_si512(from.cast());
            let upper = _mm512_set1_epi8(0xF0_u8 as i8);
            let below = _mm512_and_si512(_mm512_slli_epi16::<4>(bytes), upper);
            [with_offset(below), with_offset(_mm512_and_si512(bytes, upper))]
        }
    }

    #[inline(always)]
    unsafe fn begin(correction: *const i32) -> __m512i {
        unsafe { _mm512_set1_epi32(*correction) }
    }

    #[inline(always)]
    unsafe fn add_products(sums: __m512i, weights: __m512i, input: *const i8) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(sums, weights, _mm512_set1_epi32(input.cast::<i32>().read_unaligned())) }
    }

    #[inline(always)]
    unsafe fn zero() -> __m512 {
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn load_scales(from: *const bf16) -> __m512 {
        unsafe {
            let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
        }
    }

    #[inline(always)]
    unsafe fn add_scaled(total: __m512, sums: __m512i, scales: __m512, input_scale: f32) -> __m512 {
        unsafe {
            let scale = _mm512_mul_ps(scales, _mm512_set1_ps(input_scale));
            _mm512_add_ps(total, _mm512_mul_ps(_mm512_cvtepi32_ps(sums), scale))
        }
    }

    #[inline(always)]
    unsafe fn to_array(floats: __m512) -> [f32; 16] {
        let mut array = [0.0; 16];
        unsafe { _mm512_storeu_ps(array.as_mut_ptr(), floats) };
        array
    }

    #[inline(always)]
    unsafe fn prefetch(from: *const u8) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>()) }
    }
}

/// Signed bytes with 128 added.
///
/// # Safety
/// The CPU has AVX-512 F.
#[inline(always)]
unsafe fn with_offset(bytes: __m512i) -> __m512i {
    // SAFETY: as the caller's.
    unsafe { _mm512_xor_si512(bytes, _mm512_set1_epi8(i8::MIN)) }
}
