use conduit_backend::NumberFormat;
use half::{bf16, f16};

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::input::{f8_row_bytes, pack_f8_row, pack_u4_row, u4_row_bytes};
use super::kernel::{self, F8, Stored, U4};
use super::portable::Portable;
use crate::kernels::linear::{InputForm, InputShape, LinearBlock, LinearKernel};
use crate::kernels::table::ByDType;
use crate::simd::Element;

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

            pub const KERNELS: ByNumbers<ByDType<LinearKernel>> =
                ByNumbers { f8: of::<F8>(&F8_FORM), u4: of::<U4>(&U4_FORM) };

            static F8_FORM: InputForm =
                InputForm { group: 1, group_bytes: |input| f8_row_bytes(input.strips()), pack: pack_f8 };
            static U4_FORM: InputForm =
                InputForm { group: 1, group_bytes: |input| u4_row_bytes(input.strips()), pack: pack_u4 };

            const fn of<N: Stored>(form: &'static InputForm) -> ByDType<LinearKernel> {
                ByDType {
                    f32: LinearKernel { form: Some(form), features_step: 1, run: linear::<N, f32> },
                    f16: LinearKernel { form: Some(form), features_step: 1, run: linear::<N, f16> },
                    bf16: LinearKernel { form: Some(form), features_step: 1, run: linear::<N, bf16> },
                }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn linear<N: Stored, E: Element>(block: &LinearBlock) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { kernel::linear::<$simd, N, E>(block) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn pack_f8(row: &[f32], input: InputShape, output: &mut [u8]) {
                pack_f8_row(row, input.strips(), output);
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn pack_u4(row: &[f32], input: InputShape, output: &mut [u8]) {
                pack_u4_row(row, input.strips(), output);
            }
        }

        pub use $module::KERNELS as $name;
    };
}

prequantized_kernels!(portable, PORTABLE, Portable);
#[cfg(target_arch = "x86_64")]
prequantized_kernels!(avx2, AVX2, Avx2, "avx2,fma,f16c");
