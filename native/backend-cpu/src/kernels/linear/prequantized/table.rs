use conduit_backend::NumberFormat;
use half::{bf16, f16};

use super::kernel::{self, F8, Stored, U4};
use crate::kernels::linear::{LinearBlock, LinearKernel};
use crate::kernels::table::ByDType;
#[cfg(target_arch = "x86_64")]
use crate::simd::Avx2;
use crate::simd::{Element, Portable};

/// One for each format of numbers.
#[derive(Clone, Copy)]
pub struct ByNumbers<T> {
    f8: T,
    u4: T,
}

impl<T: Copy> ByNumbers<T> {
    pub fn of(&self, format: NumberFormat) -> T {
        match format {
            NumberFormat::F8E4M3 => self.f8,
            NumberFormat::U4 => self.u4,
        }
    }
}

/// Compiles the kernels for one instruction set: the attribute on these outermost functions decides what the bodies,
/// inlined into them, are compiled to. There is one for each type of scales.
macro_rules! prequantized_kernels {
    ($module:ident, $name:ident, $simd:ty $(, $features:literal)?) => {
        mod $module {
            use super::*;

            pub const KERNELS: ByNumbers<ByDType<LinearKernel>> = ByNumbers { f8: of::<F8>(), u4: of::<U4>() };

            const fn of<N: Stored>() -> ByDType<LinearKernel> {
                ByDType {
                    f32: LinearKernel::plain(linear::<N, f32>),
                    f16: LinearKernel::plain(linear::<N, f16>),
                    bf16: LinearKernel::plain(linear::<N, bf16>),
                }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn linear<N: Stored, E: Element>(block: &LinearBlock) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { kernel::linear::<$simd, N, E>(block) }
            }
        }

        pub use $module::KERNELS as $name;
    };
}

prequantized_kernels!(portable, PORTABLE, Portable);
#[cfg(target_arch = "x86_64")]
prequantized_kernels!(avx2, AVX2, Avx2, "avx2,fma,f16c");
