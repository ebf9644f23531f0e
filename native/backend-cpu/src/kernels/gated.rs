use super::exponential::exponential;
use crate::simd::{Element, Simd, store_first};

/// `output = gate / (1 + e^-gate) * up`, all of the same length.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub unsafe fn silu_gate<S: Simd>(gate: &[f32], up: &[f32], output: &mut [f32]) {
    let count = output.len().min(gate.len()).min(up.len());
    let whole = count - count % S::LANES;
    let mut index = 0;
    // SAFETY: all three are valid for `count` elements.
    unsafe {
        while index < whole {
            let value = silu::<S>(S::load(gate.as_ptr().add(index)));
            let up = S::load(up.as_ptr().add(index));
            S::store(output.as_mut_ptr().add(index), S::multiply(value, up));
            index += S::LANES;
        }
        let rest = count - whole;
        let value = silu::<S>(f32::load_first::<S>(gate.as_ptr().add(whole), rest));
        let up = f32::load_first::<S>(up.as_ptr().add(whole), rest);
        store_first::<S>(output.as_mut_ptr().add(whole), S::multiply(value, up), rest);
    }
}

#[inline(always)]
unsafe fn silu<S: Simd>(x: S::Vector) -> S::Vector {
    // SAFETY: as the caller's.
    unsafe {
        let exponential = exponential::<S>(S::subtract(S::splat(0.0), x));
        S::divide(x, S::add(S::splat(1.0), exponential))
    }
}

/// `output = gelu(gate) * up` with the tanh approximation, all of the same length.
///
/// # Safety
/// The CPU has the instruction set.
#[inline(always)]
pub unsafe fn gelu_tanh_gate<S: Simd>(gate: &[f32], up: &[f32], output: &mut [f32]) {
    const SQRT_2_OVER_PI: f32 = 0.797_884_6;
    for ((output, gate), up) in output.iter_mut().zip(gate).zip(up) {
        let inner = SQRT_2_OVER_PI * (gate + 0.044_715 * gate * gate * gate);
        *output = 0.5 * gate * (1.0 + inner.tanh()) * up;
    }
}

#[cfg(test)]
mod tests {
    use crate::kernels::test_support::{all_kernels, assert_close, random};

    fn silu(gate: f64) -> f64 {
        gate / (1.0 + (-gate).exp())
    }

    fn gelu_tanh(gate: f64) -> f64 {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (gate + 0.044_715 * gate.powi(3));
        0.5 * gate * (1.0 + inner.tanh())
    }

    #[test]
    fn agrees_with_the_reference() {
        for (name, kernels) in all_kernels() {
            for features in [1, 7, 8, 9, 64, 3072, 4865] {
                let mut gate: Vec<f32> = random(features as u64, features).iter().map(|x| x * 12.0).collect();
                // Where e^-gate leaves the range of f32.
                gate[0] = -120.0;
                let up = random(5, features);
                let expected = |activation: fn(f64) -> f64| -> Vec<f32> {
                    let pairs = gate.iter().zip(&up);
                    pairs.map(|(gate, up)| (activation(f64::from(*gate)) * f64::from(*up)) as f32).collect()
                };
                let mut output = vec![f32::NAN; features];
                // SAFETY: the table is one of `all_kernels`.
                unsafe { (kernels.silu_gate)(&gate, &up, &mut output) };
                assert_close(&output, &expected(silu), 1e-6, &format!("{name} silu {features}"));
                output.fill(f32::NAN);
                // SAFETY: as above.
                unsafe { (kernels.gelu_tanh_gate)(&gate, &up, &mut output) };
                assert_close(&output, &expected(gelu_tanh), 1e-5, &format!("{name} gelu {features}"));
            }
        }
    }
}
