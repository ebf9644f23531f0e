use conduit_backend::{DType, KvDType};
use half::{bf16, f16};

use super::attention::{self, AttentionTile};
use super::linear::{
    self, ByBlockFormat, ByNumbers, ByQuantization, GroupedKernel, LinearBlock, LinearKernel, LinearKernels,
};
use super::{exponential, gated, norm, rotary};
use crate::Isa;
#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2, Avx512};
use crate::simd::{CacheElement, Element, F8, Portable};

/// A kernel in three versions, one for each type of stored numbers.
#[derive(Clone, Copy)]
pub struct ByDType<F> {
    pub f32: F,
    pub f16: F,
    pub bf16: F,
}

impl<F: Copy> ByDType<F> {
    pub fn of(&self, dtype: DType) -> F {
        match dtype {
            DType::F32 => self.f32,
            DType::F16 => self.f16,
            DType::BF16 => self.bf16,
        }
    }
}

/// A kernel in one version for each type of cache.
#[derive(Clone, Copy)]
pub struct ByKvDType<F> {
    pub plain: ByDType<F>,
    pub f8: F,
    pub i8: F,
}

impl<F: Copy> ByKvDType<F> {
    pub fn of(&self, dtype: KvDType) -> F {
        match dtype {
            KvDType::F32 => self.plain.f32,
            KvDType::F16 => self.plain.f16,
            KvDType::BF16 => self.plain.bf16,
            KvDType::F8E4M3 => self.f8,
            KvDType::Int8 => self.i8,
        }
    }
}

/// All kernels in one instruction set. Calling one needs a CPU that has it.
pub struct Kernels {
    pub linear: ByDType<LinearKernels>,
    pub grouped: ByQuantization<GroupedKernel>,
    /// By the type of the scales.
    pub prequantized: ByNumbers<ByDType<LinearKernel>>,
    pub blocks: ByBlockFormat<LinearKernel>,
    pub attention: ByKvDType<unsafe fn(&AttentionTile)>,
    pub norm: unsafe fn(x: &[f32], weight: &[f32], epsilon: f32, output: &mut [f32]),
    pub norm_in_place: unsafe fn(x: &mut [f32], weight: &[f32], epsilon: f32),
    pub silu_gate: unsafe fn(gate: &[f32], up: &[f32], output: &mut [f32]),
    pub gelu_tanh_gate: unsafe fn(gate: &[f32], up: &[f32], output: &mut [f32]),
    pub rotate_half: unsafe fn(head: &mut [f32], cosine: &[f32], sine: &[f32]),
    pub rotate_interleaved: unsafe fn(head: &mut [f32], cosine: &[f32], sine: &[f32]),
    pub exponentials: unsafe fn(values: &mut [f32]),
}

impl Kernels {
    /// The table of an instruction set, or `None` where this CPU or this build does not have it.
    pub fn of(isa: Isa) -> Option<&'static Self> {
        if !isa.is_available() {
            return None;
        }
        match isa {
            Isa::Portable => Some(const { &portable::KERNELS }),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => Some(const { &avx2::KERNELS }),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => Some(const { &avx512::KERNELS }),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => Some(&AVX512_VNNI),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Bf16 => Some(&AVX512_BF16),
            #[cfg(target_arch = "x86_64")]
            Isa::AmxBf16 => Some(&AMX_BF16),
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 | Isa::Avx512Vnni | Isa::Avx512Bf16 | Isa::AmxBf16 => None,
        }
    }
}

/// Compiles every kernel for one instruction set: the attribute on these outermost functions decides what the bodies,
/// inlined into them, are compiled to.
macro_rules! kernels {
    ($module:ident, $simd:ty, $grouped:path, $prequantized:path, $blocks:path $(, $features:literal)?) => {
        mod $module {
            use super::*;

            pub const KERNELS: Kernels = Kernels {
                linear: ByDType {
                    f32: LinearKernels(&[LinearKernel::plain(linear::<f32>)]),
                    f16: LinearKernels(&[LinearKernel::plain(linear::<f16>)]),
                    bf16: LinearKernels(&[LinearKernel::plain(linear::<bf16>)]),
                },
                grouped: $grouped,
                prequantized: $prequantized,
                blocks: $blocks,
                attention: ByKvDType {
                    plain: ByDType { f32: attention::<f32>, f16: attention::<f16>, bf16: attention::<bf16> },
                    f8: attention::<F8>,
                    i8: attention::<i8>,
                },
                norm,
                norm_in_place,
                silu_gate,
                gelu_tanh_gate,
                rotate_half,
                rotate_interleaved,
                exponentials,
            };

            $(#[target_feature(enable = $features)])?
            unsafe fn linear<E: Element>(block: &LinearBlock) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { linear::linear::<$simd, E>(block) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn attention<E: CacheElement>(tile: &AttentionTile) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { attention::attention::<$simd, E>(tile) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn norm(x: &[f32], weight: &[f32], epsilon: f32, output: &mut [f32]) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { norm::norm::<$simd>(x, weight, epsilon, output) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn norm_in_place(x: &mut [f32], weight: &[f32], epsilon: f32) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { norm::norm_in_place::<$simd>(x, weight, epsilon) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn silu_gate(gate: &[f32], up: &[f32], output: &mut [f32]) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { gated::silu_gate::<$simd>(gate, up, output) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn gelu_tanh_gate(gate: &[f32], up: &[f32], output: &mut [f32]) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { gated::gelu_tanh_gate::<$simd>(gate, up, output) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn rotate_half(head: &mut [f32], cosine: &[f32], sine: &[f32]) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { rotary::rotate_half::<$simd>(head, cosine, sine) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn rotate_interleaved(head: &mut [f32], cosine: &[f32], sine: &[f32]) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { rotary::rotate_interleaved::<$simd>(head, cosine, sine) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn exponentials(values: &mut [f32]) {
                // SAFETY: as the caller's; the attribute above compiles the kernel for what the caller vouches for.
                unsafe { exponential::exponentials::<$simd>(values) }
            }
        }
    };
}

kernels!(
    portable,
    Portable,
    linear::PORTABLE_GROUPED,
    linear::PORTABLE_PREQUANTIZED,
    linear::PORTABLE_BLOCKS
);
#[cfg(target_arch = "x86_64")]
kernels!(avx2, Avx2, linear::AVX2_GROUPED, linear::AVX2_PREQUANTIZED, linear::AVX2_BLOCKS, "avx2,fma,f16c");
#[cfg(target_arch = "x86_64")]
kernels!(
    avx512,
    Avx512,
    linear::AVX2_GROUPED,
    linear::AVX2_PREQUANTIZED,
    linear::AVX2_BLOCKS,
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"
);

#[cfg(target_arch = "x86_64")]
static AVX512_VNNI: Kernels = Kernels { grouped: linear::VNNI_GROUPED, ..avx512::KERNELS };

#[cfg(target_arch = "x86_64")]
static AVX512_BF16: Kernels = Kernels {
    linear: ByDType { bf16: LinearKernels(&[linear::BF16_ROWS]), ..avx512::KERNELS.linear },
    grouped: linear::VNNI_GROUPED,
    ..avx512::KERNELS
};

#[cfg(target_arch = "x86_64")]
static AMX_BF16: Kernels = Kernels {
    linear: ByDType {
        bf16: LinearKernels(&[linear::BF16_TILES, linear::BF16_ROWS]),
        ..avx512::KERNELS.linear
    },
    grouped: linear::TILES_GROUPED,
    ..avx512::KERNELS
};
