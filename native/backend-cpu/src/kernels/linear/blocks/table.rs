use conduit_backend::BlockFormat;

use super::formats::{Q4_0, Q4_1, Q4K, Q5_0, Q5_1, Q5K, Q6K, Q8_0};
use super::{Block, kernel};
use crate::kernels::linear::{LinearBlock, LinearKernel};
#[cfg(target_arch = "x86_64")]
use crate::simd::Avx2;
use crate::simd::Portable;

/// One for each format of blocks.
#[derive(Clone, Copy)]
pub struct ByBlockFormat<T> {
    q4_0: T,
    q4_1: T,
    q5_0: T,
    q5_1: T,
    q8_0: T,
    q4_k: T,
    q5_k: T,
    q6_k: T,
}

impl<T: Copy> ByBlockFormat<T> {
    pub fn of(&self, format: BlockFormat) -> T {
        match format {
            BlockFormat::Q4_0 => self.q4_0,
            BlockFormat::Q4_1 => self.q4_1,
            BlockFormat::Q5_0 => self.q5_0,
            BlockFormat::Q5_1 => self.q5_1,
            BlockFormat::Q8_0 => self.q8_0,
            BlockFormat::Q4K => self.q4_k,
            BlockFormat::Q5K => self.q5_k,
            BlockFormat::Q6K => self.q6_k,
        }
    }
}

/// Compiles the kernels for one instruction set: the attribute on this outermost function decides what the bodies, inlined
/// into it, are compiled to.
macro_rules! block_kernels {
    ($module:ident, $name:ident, $simd:ty $(, $features:literal)?) => {
        mod $module {
            use super::*;

            pub const KERNELS: ByBlockFormat<LinearKernel> = ByBlockFormat {
                q4_0: LinearKernel::plain(linear::<Q4_0>),
                q4_1: LinearKernel::plain(linear::<Q4_1>),
                q5_0: LinearKernel::plain(linear::<Q5_0>),
                q5_1: LinearKernel::plain(linear::<Q5_1>),
                q8_0: LinearKernel::plain(linear::<Q8_0>),
                q4_k: LinearKernel::plain(linear::<Q4K>),
                q5_k: LinearKernel::plain(linear::<Q5K>),
                q6_k: LinearKernel::plain(linear::<Q6K>),
            };

            $(#[target_feature(enable = $features)])?
            unsafe fn linear<B: Block>(block: &LinearBlock) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { kernel::linear::<$simd, B>(block) }
            }
        }

        pub use $module::KERNELS as $name;
    };
}

block_kernels!(portable, PORTABLE, Portable);
#[cfg(target_arch = "x86_64")]
block_kernels!(avx2, AVX2, Avx2, "avx2,fma,f16c");
