use std::array;

use half::{bf16, f16};

use super::{Element, F8, Simd};

const LANES: usize = 8;

/// Any CPU: arrays of eight, which the compiler puts into whatever vectors the target's baseline has.
#[derive(Clone, Copy)]
pub struct Portable;

#[inline(always)]
fn lanewise(a: [f32; LANES], b: [f32; LANES], operation: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    array::from_fn(|lane| operation(a[lane], b[lane]))
}

impl Simd for Portable {
    type Vector = [f32; LANES];
    const LANES: usize = LANES;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Vector {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::Vector {
        // SAFETY: the caller vouches for eight elements.
        unsafe { from.cast::<Self::Vector>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const f16) -> Self::Vector {
        // SAFETY: the caller vouches for eight elements.
        unsafe { from.cast::<[f16; LANES]>().read_unaligned() }.map(f16::to_f32)
    }

    #[inline(always)]
    unsafe fn load_bf16(from: *const bf16) -> Self::Vector {
        // SAFETY: the caller vouches for eight elements.
        let bits = unsafe { from.cast::<[u16; LANES]>().read_unaligned() };
        bits.map(|bits| f32::from_bits(u32::from(bits) << 16))
    }

    #[inline(always)]
    unsafe fn load_f8(from: *const F8) -> Self::Vector {
        // SAFETY: the caller vouches for eight elements.
        unsafe { from.cast::<[F8; LANES]>().read_unaligned() }.map(F8::to_f32)
    }

    #[inline(always)]
    unsafe fn load_i8(from: *const i8) -> Self::Vector {
        // SAFETY: the caller vouches for eight elements.
        unsafe { from.cast::<[i8; LANES]>().read_unaligned() }.map(f32::from)
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::Vector) {
        // SAFETY: the caller vouches for eight elements.
        unsafe { to.cast::<Self::Vector>().write_unaligned(value) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanewise(a, b, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn subtract(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanewise(a, b, |a, b| a - b)
    }

    #[inline(always)]
    unsafe fn multiply(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanewise(a, b, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn divide(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanewise(a, b, |a, b| a / b)
    }

    #[inline(always)]
    unsafe fn multiply_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        array::from_fn(|lane| a[lane] * b[lane] + c[lane])
    }

    #[inline(always)]
    unsafe fn minimum(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanewise(a, b, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    unsafe fn maximum(a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanewise(a, b, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn power_of_two(x: Self::Vector) -> Self::Vector {
        x.map(|x| f32::from_bits(((x as i32 + 127) as u32) << 23))
    }

    #[inline(always)]
    unsafe fn zero_below(value: Self::Vector, x: Self::Vector, threshold: Self::Vector) -> Self::Vector {
        array::from_fn(|lane| if x[lane] < threshold[lane] { 0.0 } else { value[lane] })
    }

    #[inline(always)]
    unsafe fn sum(value: Self::Vector) -> f32 {
        let half: [f32; 4] = array::from_fn(|lane| value[lane] + value[lane + 4]);
        (half[0] + half[2]) + (half[1] + half[3])
    }

    #[inline(always)]
    unsafe fn prefetch<T>(_from: *const T) {}
}
