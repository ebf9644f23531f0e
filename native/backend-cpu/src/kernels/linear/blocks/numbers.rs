#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, _mm_loadl_epi64, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps};

#[cfg(target_arch = "x86_64")]
use crate::simd::Avx2;
use crate::simd::{Portable, Simd};

/// Vectors that bytes are widened into.
pub trait WidenBytes: Simd {
    /// Eight whole numbers with a sign.
    ///
    /// # Safety
    /// As [`Simd`]; `from` is valid for eight bytes.
    unsafe fn bytes(from: *const i8) -> Self::Vector;
}

impl WidenBytes for Portable {
    #[inline(always)]
    unsafe fn bytes(from: *const i8) -> Self::Vector {
        // SAFETY: the caller vouches for eight bytes.
        unsafe { from.cast::<[i8; 8]>().read_unaligned() }.map(f32::from)
    }
}

#[cfg(target_arch = "x86_64")]
impl WidenBytes for Avx2 {
    #[inline(always)]
    unsafe fn bytes(from: *const i8) -> __m256 {
        // SAFETY: the caller vouches for eight bytes and for the instruction set.
        unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(from.cast()))) }
    }
}
