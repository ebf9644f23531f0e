use conduit_backend::GatedActivation;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use super::for_each_row;
use crate::kernels::Kernels;
use crate::weights::Linear;

/// Rows of `table` for the tokens, times `scale`.
pub(crate) fn embed(table: &Linear, tokens: &[u32], scale: f32, output: &mut [f32], features: usize) {
    let rows = output.par_chunks_exact_mut(features).zip(tokens.par_iter());
    for_each_row(rows, features, |(output, token)| {
        table.read_row(*token as usize, output);
        if scale != 1.0 {
            output.iter_mut().for_each(|value| *value *= scale);
        }
    });
}

/// `cap * tanh(x / cap)` of every element.
pub(crate) fn soft_cap(x: &mut [f32], cap: f32) {
    x.par_chunks_mut(1 << 12).for_each(|x| x.iter_mut().for_each(|x| *x = cap * (*x / cap).tanh()));
}

/// RMS norm of every row.
///
/// # Safety
/// The CPU has the instruction set of `kernels`.
pub(crate) unsafe fn norm(kernels: &Kernels, x: &[f32], weight: &[f32], epsilon: f32, output: &mut [f32]) {
    let features = weight.len();
    let rows = x.par_chunks_exact(features).zip(output.par_chunks_exact_mut(features));
    // SAFETY: as the caller's.
    for_each_row(rows, features, |(x, output)| unsafe { (kernels.norm)(x, weight, epsilon, output) });
}

/// `residual += delta`, and the RMS norm of every row of the sum.
///
/// # Safety
/// The CPU has the instruction set of `kernels`.
pub(crate) unsafe fn add_norm(
    kernels: &Kernels,
    residual: &mut [f32],
    delta: &[f32],
    weight: &[f32],
    epsilon: f32,
    output: &mut [f32],
) {
    let features = weight.len();
    let sums = residual.par_chunks_exact_mut(features).zip(delta.par_chunks_exact(features));
    let rows = sums.zip(output.par_chunks_exact_mut(features));
    for_each_row(rows, features, |((residual, delta), output)| {
        add_row(residual, delta);
        // SAFETY: as the caller's.
        unsafe { (kernels.norm)(residual, weight, epsilon, output) };
    });
}

/// `residual += delta`
pub(crate) fn add(residual: &mut [f32], delta: &[f32]) {
    let rows = residual.par_chunks_mut(1 << 12).zip(delta.par_chunks(1 << 12));
    for_each_row(rows, 1 << 12, |(residual, delta)| add_row(residual, delta));
}

fn add_row(residual: &mut [f32], delta: &[f32]) {
    for (residual, delta) in residual.iter_mut().zip(delta) {
        *residual += delta;
    }
}

/// `activation(gate) * up` of every row; `features` is the width of each.
///
/// # Safety
/// The CPU has the instruction set of `kernels`.
pub(crate) unsafe fn gated(
    kernels: &Kernels,
    gate_up: &[f32],
    activation: GatedActivation,
    output: &mut [f32],
    features: usize,
) {
    let kernel = match activation {
        GatedActivation::Silu => kernels.silu_gate,
        GatedActivation::GeluTanh => kernels.gelu_tanh_gate,
    };
    let rows = gate_up.par_chunks_exact(2 * features).zip(output.par_chunks_exact_mut(features));
    for_each_row(rows, features, |(gate_up, output)| {
        let (gate, up) = gate_up.split_at(features);
        // SAFETY: as the caller's.
        unsafe { kernel(gate, up, output) };
    });
}

/// The named rows of `x`, one after the other.
pub(crate) fn gather(x: &[f32], rows: &[u32], output: &mut [f32], features: usize) {
    for (output, row) in output.chunks_exact_mut(features).zip(rows) {
        output.copy_from_slice(&x[*row as usize * features..][..features]);
    }
}
