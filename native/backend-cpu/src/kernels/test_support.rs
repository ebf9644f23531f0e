//! What the kernels' tests share.

use crate::Isa;
use crate::kernels::{InputShape, Kernels, LinearKernel};
use crate::simd::Element;
use crate::workspace::Workspace;

/// The tables of every instruction set that this machine has.
pub fn all_kernels() -> Vec<(&'static str, &'static Kernels)> {
    let tables = Isa::available().into_iter().map(|isa| (isa.name(), Kernels::of(isa).unwrap()));
    tables.collect()
}

/// The input in the form that a kernel of [`all_kernels`] wants.
pub fn pack(kernel: LinearKernel, input: &[f32], shape: InputShape) -> Option<Workspace<u8>> {
    let form = kernel.form?;
    let mut packed = Workspace::default();
    packed.grow(form.bytes(input.len() / shape.features, shape), "a test").unwrap();
    // What is not written shows.
    packed.as_mut_slice().fill(0xFF);
    let groups = packed.as_mut_slice().chunks_exact_mut((form.group_bytes)(shape));
    for (group, rows) in groups.zip(input.chunks(form.group * shape.features)) {
        // SAFETY: the kernel is of one of `all_kernels`.
        unsafe { (form.pack)(rows, shape, group) };
    }
    Some(packed)
}

/// Numbers from -1 to 1, the same for the same seed.
pub fn random(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Random numbers that `E` can hold.
pub fn random_of<E: Element>(seed: u64, count: usize) -> Vec<E> {
    random(seed, count).into_iter().map(E::from_f32).collect()
}

/// # Panics
/// Where a number differs by more than `tolerance` of the larger of 1 and the expected one.
pub fn assert_close(actual: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let close = (actual - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(close, "{what}: {actual} instead of {expected} at {index}");
    }
}
