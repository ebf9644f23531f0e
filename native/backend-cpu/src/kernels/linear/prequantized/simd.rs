use super::input::LIMBS;
use crate::simd::Element;

/// One number of each row of a strip, what the kernels of strips are written over.
///
/// Every operation that rounds rounds by itself, so that all sets give the same bits.
///
/// # Safety
/// Every function needs a CPU that has the instruction set; those that take a pointer read as many elements as they say, at any
/// alignment that suits the element.
pub trait StripSimd: Copy {
    /// A number for each row.
    type Floats: Copy;
    /// A whole number for each row.
    type Sums: Copy;
    /// Four numbers of each row from 0 to 15, in bytes.
    type Quads: Copy;
    /// Sums of products of [`StripSimd::Quads`] with limbs, up to 32 for each row.
    type LimbSums: Copy;

    unsafe fn splat(value: f32) -> Self::Floats;
    /// 16 elements.
    unsafe fn load<E: Element>(from: *const E) -> Self::Floats;
    unsafe fn add(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    unsafe fn multiply(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b + c`, where f32 holds the product exactly, so that it does not matter whether it is rounded by itself.
    unsafe fn multiply_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    unsafe fn to_array(floats: Self::Floats) -> [f32; 16];

    /// Four FP8 numbers of each row, 64 bytes, each number divided by [`super::F8_FACTOR`].
    unsafe fn load_f8(from: *const u8) -> [Self::Floats; 4];

    unsafe fn splat_whole(value: i32) -> Self::Sums;
    /// The lower halves of 16 bytes, or the upper ones.
    unsafe fn load_halves(from: *const u8, upper: bool) -> Self::Sums;
    unsafe fn multiply_whole(a: Self::Sums, b: i32) -> Self::Sums;
    unsafe fn to_floats(sums: Self::Sums) -> Self::Floats;

    /// The first and the second four places of a step, 64 bytes.
    unsafe fn load_step(from: *const u8) -> [Self::Quads; 2];
    unsafe fn zero_limbs() -> Self::LimbSums;
    /// Adds the products with four limbs of input.
    unsafe fn add_products(sums: Self::LimbSums, weights: Self::Quads, input: *const i8) -> Self::LimbSums;
    /// `sums + 65536 * upper + 256 * middle + lower`
    unsafe fn add_limbs(sums: Self::Sums, limbs: [Self::LimbSums; LIMBS]) -> Self::Sums;

    /// Asks for the cache line that holds `from`, which need not be valid.
    unsafe fn prefetch(from: *const u8);
}
