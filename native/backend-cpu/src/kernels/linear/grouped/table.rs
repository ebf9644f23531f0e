use conduit_backend::Quantization;
use half::bf16;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::input;
use super::kernel::{self, Int4, Int8, Stored};
use super::portable::Portable;
#[cfg(target_arch = "x86_64")]
use super::tiles;
#[cfg(target_arch = "x86_64")]
use super::vnni::Vnni;
use crate::kernels::linear::{InputForm, InputShape, LinearBlock, LinearKernel};
use crate::quantize::{QuantizeFn, STRIP, Tile, quantize_int4, quantize_int8};

/// How weights are brought to a format, and how they are multiplied.
#[derive(Clone, Copy)]
pub struct GroupedKernel {
    pub linear: LinearKernel,
    pub quantize: QuantizeFn,
}

/// One for each format.
#[derive(Clone, Copy)]
pub struct ByQuantization<T> {
    int8: T,
    int4: T,
}

impl<T: Copy> ByQuantization<T> {
    pub fn of(&self, format: Quantization) -> T {
        match format {
            Quantization::Int8 => self.int8,
            Quantization::Int4 => self.int4,
        }
    }
}

/// Compiles the kernels for one instruction set: the attribute on these outermost functions decides what the bodies,
/// inlined into them, are compiled to.
macro_rules! grouped_kernels {
    ($module:ident, $name:ident, $simd:ty $(, $features:literal)?) => {
        mod $module {
            use super::*;

            pub const KERNELS: ByQuantization<GroupedKernel> = ByQuantization {
                int8: GroupedKernel { linear: of(linear::<Int8>), quantize: to_int8 },
                int4: GroupedKernel { linear: of(linear::<Int4>), quantize: to_int4 },
            };

            static FORM: InputForm =
                InputForm { group: 1, group_bytes: |input| input::row_bytes(input.features), pack };

            const fn of(run: unsafe fn(&LinearBlock)) -> LinearKernel {
                LinearKernel { form: Some(&FORM), features_step: 1, run }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn linear<W: Stored>(block: &LinearBlock) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { kernel::linear::<$simd, W>(block) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn pack(row: &[f32], shape: InputShape, output: &mut [u8]) {
                input::pack_row(row, shape.features, output);
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn to_int8(tile: &Tile, block: &mut [u8], scales: &mut [bf16; STRIP]) {
                quantize_int8(tile, block, scales);
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn to_int4(tile: &Tile, block: &mut [u8], scales: &mut [bf16; STRIP]) {
                quantize_int4(tile, block, scales);
            }
        }

        pub use $module::KERNELS as $name;
    };
}

grouped_kernels!(portable, PORTABLE, Portable);
#[cfg(target_arch = "x86_64")]
grouped_kernels!(avx2, AVX2, Avx2, "avx2,fma,f16c");
#[cfg(target_arch = "x86_64")]
grouped_kernels!(vnni, VNNI, Vnni, "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c");

/// [`VNNI`], with the tiles of AMX where there are rows enough to fill them.
#[cfg(target_arch = "x86_64")]
pub const TILES: ByQuantization<GroupedKernel> = ByQuantization {
    int8: GroupedKernel {
        linear: LinearKernel { run: tiles::linear::<Int8>, ..VNNI.int8.linear },
        ..VNNI.int8
    },
    int4: GroupedKernel {
        linear: LinearKernel { run: tiles::linear::<Int4>, ..VNNI.int4.linear },
        ..VNNI.int4
    },
};
