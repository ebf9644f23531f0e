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
