use crate::simd::{Element, Simd};

/// RMS norm of one row: `output = x / sqrt(mean(x^2) + epsilon) * weight`, all of the same length.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub unsafe fn norm<S: Simd>(x: &[f32], weight: &[f32], epsilon: f32, output: &mut [f32]) {
    // SAFETY: as the caller's.
    let inverse = unsafe { inverse_root_mean_square::<S>(x, epsilon) };
    for ((output, x), weight) in output.iter_mut().zip(x).zip(weight) {
        *output = x * inverse * weight;
    }
}

/// [`norm`] in place.
///
/// # Safety
/// As [`norm`].
#[inline(always)]
pub unsafe fn norm_in_place<S: Simd>(x: &mut [f32], weight: &[f32], epsilon: f32) {
    // SAFETY: as the caller's.
    let inverse = unsafe { inverse_root_mean_square::<S>(x, epsilon) };
    for (x, weight) in x.iter_mut().zip(weight) {
        *x = *x * inverse * weight;
    }
}

#[inline(always)]
unsafe fn inverse_root_mean_square<S: Simd>(x: &[f32], epsilon: f32) -> f32 {
    let chunks = x.chunks_exact(S::LANES);
    let rest = chunks.remainder();
    // SAFETY: chunks hold LANES elements, and the rest is as long as it says.
    let sum = unsafe {
        let mut sums = S::splat(0.0);
        for chunk in chunks {
            let value = S::load(chunk.as_ptr());
            sums = S::multiply_add(value, value, sums);
        }
        let value = f32::load_first::<S>(rest.as_ptr(), rest.len());
        S::sum(S::multiply_add(value, value, sums))
    };
    1.0 / (sum / x.len() as f32 + epsilon).sqrt()
}
