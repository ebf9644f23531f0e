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

#[cfg(test)]
mod tests {
    use crate::kernels::test_support::{all_kernels, assert_close, random};

    /// Turns the pair of elements `first` and `second` of each angle.
    fn reference(head: &[f32], angles: &[f64], pair: impl Fn(usize) -> (usize, usize)) -> Vec<f32> {
        let mut rotated = head.to_vec();
        for (index, angle) in angles.iter().enumerate() {
            let (first, second) = pair(index);
            let (x, y) = (f64::from(head[first]), f64::from(head[second]));
            rotated[first] = (x * angle.cos() - y * angle.sin()) as f32;
            rotated[second] = (y * angle.cos() + x * angle.sin()) as f32;
        }
        rotated
    }

    #[test]
    fn agrees_with_the_reference_and_leaves_the_rest_of_a_head_alone() {
        for (name, kernels) in all_kernels() {
            for (head_dim, rotary_dim) in
                [(64, 64), (80, 80), (96, 96), (128, 128), (128, 32), (10, 6), (2, 2)]
            {
                let half = rotary_dim / 2;
                let angles: Vec<f64> =
                    random(2, half).iter().map(|angle| f64::from(*angle) * 100.0).collect();
                let cosines: Vec<f32> = angles.iter().map(|angle| angle.cos() as f32).collect();
                let sines: Vec<f32> = angles.iter().map(|angle| angle.sin() as f32).collect();
                let head = random(7, head_dim);

                let mut rotated = head.clone();
                // SAFETY: the table is one of `all_kernels`.
                unsafe { (kernels.rotate_half)(&mut rotated, &cosines, &sines) };
                let expected = reference(&head, &angles, |index| (index, index + half));
                assert_close(&rotated, &expected, 1e-6, &format!("{name} half {head_dim} {rotary_dim}"));
                assert_eq!(rotated[rotary_dim..], head[rotary_dim..]);

                let mut rotated = head.clone();
                // SAFETY: as above.
                unsafe { (kernels.rotate_interleaved)(&mut rotated, &cosines, &sines) };
                let expected = reference(&head, &angles, |index| (2 * index, 2 * index + 1));
                assert_close(
                    &rotated,
                    &expected,
                    1e-6,
                    &format!("{name} interleaved {head_dim} {rotary_dim}"),
                );
                assert_eq!(rotated[rotary_dim..], head[rotary_dim..]);
            }
        }
    }
}
