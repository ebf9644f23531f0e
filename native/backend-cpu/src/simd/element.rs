use bytemuck::Pod;
use half::{bf16, f16};

use super::{MAX_LANES, Simd};

/// A number as it is stored: weights and caches stay in their own type and are widened when they are loaded.
pub trait Element: Pod + Send + Sync {
    fn from_f32(value: f32) -> Self;
    fn to_f32(self) -> f32;

    /// Loads and widens `LANES` elements.
    ///
    /// # Safety
    /// As [`Simd`].
    unsafe fn load<S: Simd>(from: *const Self) -> S::Vector;

    /// Loads and widens `count < LANES` elements; the other lanes are 0.
    ///
    /// # Safety
    /// As [`Simd`], but `from` need be valid for `count` elements only.
    #[inline(always)]
    unsafe fn load_first<S: Simd>(from: *const Self, count: usize) -> S::Vector {
        let mut lanes = [Self::zeroed(); MAX_LANES];
        // SAFETY: the array holds MAX_LANES >= LANES > count elements; the caller vouches for `from`.
        unsafe {
            lanes.as_mut_ptr().copy_from_nonoverlapping(from, count);
            Self::load::<S>(lanes.as_ptr())
        }
    }
}

impl Element for f32 {
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }

    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const Self) -> S::Vector {
        // SAFETY: as the caller's.
        unsafe { S::load(from) }
    }
}

impl Element for f16 {
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        f16::from_f32(value)
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        f16::to_f32(self)
    }

    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const Self) -> S::Vector {
        // SAFETY: as the caller's.
        unsafe { S::load_f16(from) }
    }
}

impl Element for bf16 {
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        bf16::from_f32(value)
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        bf16::to_f32(self)
    }

    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const Self) -> S::Vector {
        // SAFETY: as the caller's.
        unsafe { S::load_bf16(from) }
    }
}
