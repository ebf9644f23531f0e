use crate::simd::Simd;

/// Rotates the first `2 * cosine.len()` elements of a head, pairing element `i` with `i + cosine.len()`.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub unsafe fn rotate_half<S: Simd>(head: &mut [f32], cosine: &[f32], sine: &[f32]) {
    let (first, second) = head.split_at_mut(cosine.len());
    for (((first, second), cosine), sine) in first.iter_mut().zip(second).zip(cosine).zip(sine) {
        (*first, *second) = (*first * cosine - *second * sine, *second * cosine + *first * sine);
    }
}

/// Rotates the first `2 * cosine.len()` elements of a head, pairing element `2i` with `2i + 1`.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub unsafe fn rotate_interleaved<S: Simd>(head: &mut [f32], cosine: &[f32], sine: &[f32]) {
    for ((pair, cosine), sine) in head.chunks_exact_mut(2).zip(cosine).zip(sine) {
        (pair[0], pair[1]) = (pair[0] * cosine - pair[1] * sine, pair[1] * cosine + pair[0] * sine);
    }
}
