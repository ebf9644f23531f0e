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

#[cfg(test)]
mod tests {
    use crate::kernels::test_support::{all_kernels, assert_close, random};

    fn reference(x: &[f32], weight: &[f32], epsilon: f32) -> Vec<f32> {
        let mean = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64;
        let inverse = 1.0 / (mean + f64::from(epsilon)).sqrt();
        x.iter()
            .zip(weight)
            .map(|(x, weight)| (f64::from(*x) * inverse * f64::from(*weight)) as f32)
            .collect()
    }

    #[test]
    fn agrees_with_the_reference() {
        for (name, kernels) in all_kernels() {
            for features in [1, 7, 8, 63, 64, 65, 80, 96, 128, 1024, 4093, 4096] {
                for scale in [1.0, 1e-4, 1e4] {
                    let x: Vec<f32> = random(features as u64, features).iter().map(|x| x * scale).collect();
                    let weight = random(3, features);
                    let expected = reference(&x, &weight, 1e-5);
                    let what = format!("{name} features {features} scale {scale}");
                    let mut output = vec![f32::NAN; features];
                    // SAFETY: the table is one of `all_kernels`.
                    unsafe { (kernels.norm)(&x, &weight, 1e-5, &mut output) };
                    assert_close(&output, &expected, 1e-5, &what);
                    let mut in_place = x;
                    // SAFETY: as above.
                    unsafe { (kernels.norm_in_place)(&mut in_place, &weight, 1e-5) };
                    assert!(in_place == output, "{what}: other bits in place");
                }
            }
        }
    }
}
