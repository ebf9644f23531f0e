//! Vectors of f32, the one thing in which instruction sets differ. Kernels are written once over [`Simd`].

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod eight_bits;
mod element;
mod portable;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use eight_bits::{CacheElement, F8};
pub use element::Element;
pub use portable::Portable;

use half::{bf16, f16};

/// Most lanes that any instruction set has.
pub const MAX_LANES: usize = 16;

/// A vector of [`Simd::LANES`] f32 numbers.
///
/// # Safety
/// Every function needs a CPU that has the instruction set; those that take a pointer read or write `LANES` elements
/// there, at any alignment that suits the element.
///
/// Kernels avoid closures: a closure does not inherit the target features of the function around it.
pub trait Simd: Copy + 'static {
    type Vector: Copy;
    const LANES: usize;

    unsafe fn splat(value: f32) -> Self::Vector;
    unsafe fn load(from: *const f32) -> Self::Vector;
    unsafe fn load_f16(from: *const f16) -> Self::Vector;
    unsafe fn load_bf16(from: *const bf16) -> Self::Vector;
    unsafe fn load_f8(from: *const F8) -> Self::Vector;
    unsafe fn load_i8(from: *const i8) -> Self::Vector;
    unsafe fn store(to: *mut f32, value: Self::Vector);

    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn subtract(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn multiply(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn divide(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`, fused where the instruction set has it.
    unsafe fn multiply_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The smaller one; `b` where either is NaN.
    unsafe fn minimum(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The larger one; `b` where either is NaN.
    unsafe fn maximum(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `2^x` for whole numbers from -126 to 127.
    unsafe fn power_of_two(x: Self::Vector) -> Self::Vector;
    /// `value`, and 0 in the lanes where `x < threshold`.
    unsafe fn zero_below(value: Self::Vector, x: Self::Vector, threshold: Self::Vector) -> Self::Vector;
    /// The sum of all lanes, always added up in the same order.
    unsafe fn sum(value: Self::Vector) -> f32;
    /// Asks for the cache line that holds `from`, which need not be valid.
    unsafe fn prefetch<T>(from: *const T);
}

/// Stores the first `count < LANES` lanes.
///
/// # Safety
/// As [`Simd`], and `to` is valid for `count` elements.
#[inline(always)]
pub unsafe fn store_first<S: Simd>(to: *mut f32, value: S::Vector, count: usize) {
    let mut lanes = [0.0f32; MAX_LANES];
    // SAFETY: the array holds MAX_LANES >= LANES elements; the caller vouches for `to` and the instruction set.
    unsafe {
        S::store(lanes.as_mut_ptr(), value);
        to.copy_from_nonoverlapping(lanes.as_ptr(), count);
    }
}
