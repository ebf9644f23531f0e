use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use conduit_backend::{BackendError, Result};

/// An instruction set that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isa {
    /// The baseline of the target.
    Portable,
    /// x86-64 with AVX2, FMA and F16C.
    Avx2,
    /// x86-64 with AVX-512 F, BW, DQ and VL.
    Avx512,
    /// That, and AVX512-VNNI: the dot product of bytes, for layers that are quantised.
    Avx512Vnni,
    /// That, and AVX512-BF16: layers whose weights are bf16 round what they are given to bf16, as models are that were trained in it.
    Avx512Bf16,
    /// That, and the tiles of AMX for bf16 and int8.
    AmxBf16,
}

impl Isa {
    /// All sets, best first.
    pub const ALL: [Self; 6] =
        [Self::AmxBf16, Self::Avx512Bf16, Self::Avx512Vnni, Self::Avx512, Self::Avx2, Self::Portable];

    /// Whether this CPU has it, and the system lets this process use it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    && is_x86_feature_detected!("f16c")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => Self::Avx512.is_available() && is_x86_feature_detected!("avx512vnni"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16 => Self::Avx512Vnni.is_available() && is_x86_feature_detected!("avx512bf16"),
            #[cfg(target_arch = "x86_64")]
            Self::AmxBf16 => Self::Avx512Bf16.is_available() && crate::kernels::permit_tiles(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 | Self::Avx512Vnni | Self::Avx512Bf16 | Self::AmxBf16 => false,
        }
    }

    /// The sets that this CPU has, best first; never empty.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// Whether layers that are not quantised take what they are given in f32, whatever the type of their weights: the sets that others are
    /// compared with. Layers that are quantised give the same bits on all sets.
    pub const fn is_exact(self) -> bool {
        !matches!(self, Self::Avx512Bf16 | Self::AmxBf16)
    }

    /// Its name: `amx-bf16`, `avx512-bf16`, `avx512-vnni`, `avx512`, `avx2`, `portable`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Avx512Vnni => "avx512-vnni",
            Self::Avx512Bf16 => "avx512-bf16",
            Self::AmxBf16 => "amx-bf16",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Isa {
    type Err = BackendError;

    /// The set of that name, whether this CPU has it or not.
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|isa| isa.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            BackendError::InvalidInput(format!("expected an instruction set ({names}), got {text:?}"))
        })
    }
}

/// What a [`crate::CpuBackend`] computes with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuOptions {
    /// Threads of the pool; by default as many as the process may run on at once.
    pub threads: Option<NonZeroUsize>,
    /// Instruction set of the kernels; by default the best that the CPU has.
    pub isa: Option<Isa>,
}

impl CpuOptions {
    /// The best set that rounds nothing on the way to f32: for what others are compared with.
    pub fn exact() -> Self {
        Self { isa: Isa::available().into_iter().find(|isa| isa.is_exact()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_the_names_that_they_are_printed_with() {
        for isa in Isa::ALL {
            assert_eq!(isa.to_string().parse::<Isa>().unwrap(), isa);
        }
        let error = "avx".parse::<Isa>().unwrap_err();
        assert!(
            error.to_string().contains("amx-bf16, avx512-bf16, avx512-vnni, avx512, avx2, portable"),
            "{error}"
        );
    }

    #[test]
    fn the_exact_set_is_one_that_this_cpu_has() {
        let isa = CpuOptions::exact().isa.unwrap();
        assert!(isa.is_exact() && isa.is_available());
    }
}
