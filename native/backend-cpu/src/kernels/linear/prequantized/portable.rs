use std::array;

use super::input::LIMBS;
use super::simd::StripSimd;
use super::{STRIP, widen_f8};
use crate::simd::Element;

/// Any CPU.
#[derive(Clone, Copy)]
pub struct Portable;

impl StripSimd for Portable {
    type Floats = [f32; STRIP];
    type Sums = [i32; STRIP];
    type Quads = [[u8; 4]; STRIP];
    type LimbSums = [i32; STRIP];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Floats {
        [value; STRIP]
    }

    #[inline(always)]
    unsafe fn load<E: Element>(from: *const E) -> Self::Floats {
        // SAFETY: the caller vouches for 16 elements.
        unsafe { from.cast::<[E; STRIP]>().read_unaligned() }.map(E::to_f32)
    }

    #[inline(always)]
    unsafe fn add(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        array::from_fn(|row| a[row] + b[row])
    }

    #[inline(always)]
    unsafe fn multiply(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        array::from_fn(|row| a[row] * b[row])
    }

    #[inline(always)]
    unsafe fn multiply_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        array::from_fn(|row| a[row] * b[row] + c[row])
    }

    #[inline(always)]
    unsafe fn to_array(floats: Self::Floats) -> [f32; STRIP] {
        floats
    }

    #[inline(always)]
    unsafe fn load_f8(from: *const u8) -> [Self::Floats; 4] {
        // SAFETY: the caller vouches for 64 bytes.
        let rows = unsafe { from.cast::<[[u8; 4]; STRIP]>().read_unaligned() };
        [0, 1, 2, 3].map(|place| rows.map(|row| widen_f8(row[place])))
    }

    #[inline(always)]
    unsafe fn splat_whole(value: i32) -> Self::Sums {
        [value; STRIP]
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8, upper: bool) -> Self::Sums {
        // SAFETY: the caller vouches for 16 bytes.
        let bytes = unsafe { from.cast::<[u8; STRIP]>().read_unaligned() };
        bytes.map(|byte| i32::from(if upper { byte >> 4 } else { byte & 0x0F }))
    }

    #[inline(always)]
    unsafe fn multiply_whole(a: Self::Sums, b: i32) -> Self::Sums {
        a.map(|a| a * b)
    }

    #[inline(always)]
    unsafe fn to_floats(sums: Self::Sums) -> Self::Floats {
        sums.map(|sum| sum as f32)
    }

    #[inline(always)]
    unsafe fn load_step(from: *const u8) -> [Self::Quads; 2] {
        // SAFETY: the caller vouches for 64 bytes.
        let quads = unsafe { from.cast::<Self::Quads>().read_unaligned() };
        [quads.map(|quad| quad.map(|byte| byte & 0x0F)), quads.map(|quad| quad.map(|byte| byte >> 4))]
    }

    #[inline(always)]
    unsafe fn zero_limbs() -> Self::LimbSums {
        [0; STRIP]
    }

    #[inline(always)]
    unsafe fn add_products(
        mut sums: Self::LimbSums,
        weights: Self::Quads,
        input: *const i8,
    ) -> Self::LimbSums {
        // SAFETY: the caller vouches for four limbs.
        let input = unsafe { input.cast::<[i8; 4]>().read_unaligned() }.map(i32::from);
        for row in 0..STRIP {
            for k in 0..4 {
                sums[row] += i32::from(weights[row][k]) * input[k];
            }
        }
        sums
    }

    #[inline(always)]
    unsafe fn add_limbs(sums: Self::Sums, [upper, middle, lower]: [Self::LimbSums; LIMBS]) -> Self::Sums {
        array::from_fn(|row| sums[row] + (upper[row] << 16) + (middle[row] << 8) + lower[row])
    }

    #[inline(always)]
    unsafe fn prefetch(_from: *const u8) {}
}
