use crate::simd::{Element, Simd, store_first};

// Cephes: e^x = 2^n * e^r with n = round(x / ln 2) and a polynomial on |r| <= ln(2) / 2.
const LOG2_E: f32 = std::f32::consts::LOG2_E;
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
const POLYNOMIAL: [f32; 6] =
    [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
/// Adding and subtracting it rounds to a whole number: above it, f32 has no fractions left.
const ROUND: f32 = 12_582_912.0;
/// Below it results would be subnormal; they are 0 instead.
const LOWEST: f32 = -87.0;
/// Above it `2^n` would overflow; results stay at `e^88`.
const HIGHEST: f32 = 88.0;

/// `e^x` to 2 units in the last place; `e^0` is exactly 1 and `e^-infinity` exactly 0. NaN stays NaN.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub unsafe fn exponential<S: Simd>(x: S::Vector) -> S::Vector {
    // SAFETY: as the caller's.
    unsafe {
        // With `x` second, NaN passes through both bounds.
        let bounded = S::minimum(S::splat(HIGHEST), S::maximum(S::splat(LOWEST), x));
        let round = S::splat(ROUND);
        let whole = S::subtract(S::multiply_add(bounded, S::splat(LOG2_E), round), round);
        let rest = S::multiply_add(whole, S::splat(-LN_2_HIGH), bounded);
        let rest = S::multiply_add(whole, S::splat(-LN_2_LOW), rest);
        let mut sum = S::splat(POLYNOMIAL[0]);
        for coefficient in &POLYNOMIAL[1..] {
            sum = S::multiply_add(sum, rest, S::splat(*coefficient));
        }
        let sum = S::multiply_add(sum, S::multiply(rest, rest), S::add(rest, S::splat(1.0)));
        S::zero_below(S::multiply(sum, S::power_of_two(whole)), x, S::splat(LOWEST))
    }
}

/// [`exponential`] of each value, in place.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub unsafe fn exponentials<S: Simd>(values: &mut [f32]) {
    let mut chunks = values.chunks_exact_mut(S::LANES);
    // SAFETY: chunks hold LANES elements, and the rest is as long as it says.
    unsafe {
        for chunk in &mut chunks {
            S::store(chunk.as_mut_ptr(), exponential::<S>(S::load(chunk.as_ptr())));
        }
        let rest = chunks.into_remainder();
        let value = exponential::<S>(f32::load_first::<S>(rest.as_ptr(), rest.len()));
        store_first::<S>(rest.as_mut_ptr(), value, rest.len());
    }
}

#[cfg(test)]
mod tests {
    use crate::kernels::test_support::all_kernels;

    #[test]
    fn is_exact_to_two_units_in_the_last_place() {
        for (name, kernels) in all_kernels() {
            let inputs: Vec<f32> = (-869_999..880_000).map(|step| step as f32 * 1e-4).collect();
            let mut outputs = inputs.clone();
            // SAFETY: the table is one of `all_kernels`.
            unsafe { (kernels.exponentials)(&mut outputs) };
            for (input, output) in inputs.iter().zip(outputs) {
                let exact = f64::from(*input).exp();
                let error = (f64::from(output) - exact).abs() / exact;
                assert!(
                    error < 2.0 * f64::from(f32::EPSILON),
                    "{name}: e^{input} = {output}, off by {error:e}"
                );
            }
        }
    }

    #[test]
    fn has_the_limits_that_softmax_and_silu_rely_on() {
        for (name, kernels) in all_kernels() {
            let mut values =
                [0.0, -0.0, f32::NEG_INFINITY, -1e30, -87.1, f32::NAN, f32::INFINITY, 1e30, 88.1, 1.0, -1.0];
            // SAFETY: the table is one of `all_kernels`.
            unsafe { (kernels.exponentials)(&mut values) };
            assert_eq!(values[..5], [1.0, 1.0, 0.0, 0.0, 0.0], "{name}");
            assert!(values[5].is_nan(), "{name}");
            assert!(
                values[6..9].iter().all(|value| *value > 1e38 && value.is_finite()),
                "{name}: {values:?}"
            );
        }
    }
}
