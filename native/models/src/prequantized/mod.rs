//! Weights that their publisher quantised: which way `config.json` says, and the tensors of a layer as the backends take them.

mod config;
mod fp8;
mod group_order;
mod int4;
#[cfg(test)]
mod tests;

use conduit_backend::{BackendError, Prequantized};
use safetensors::tensor::Dtype;

use crate::error::{ModelError, Result};
use crate::weight_files::{FileTensor, StoredType, WeightFiles};
pub(crate) use config::read_prequantization;

/// How the publisher quantised the weights. Layers that were left as they are have a plain `weight` in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prequantization {
    /// FP8 e4m3. Without blocks a scale is for an output feature or for the whole matrix, as its shape says.
    Fp8 { block: Option<[usize; 2]> },
    /// Four bits, as GPTQ writes them. Without a size a group has all input features.
    Gptq { group_size: Option<usize>, zero_points_less_one: bool, has_act_order: bool },
    /// Four bits, as AWQ writes them.
    Awq { group_size: usize },
    /// Four bits, as compressed-tensors writes them.
    PackedInt4 { group_size: Option<usize>, is_symmetric: bool },
}

impl Prequantization {
    /// Its name in error messages and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fp8 { .. } => "fp8",
            Self::Gptq { .. } => "gptq",
            Self::Awq { .. } => "awq",
            Self::PackedInt4 { .. } => "pack-quantized",
        }
    }

    /// The weight `[out_features, in_features]` of a layer, or `None` where it was left as it is.
    ///
    /// # Errors
    /// Names the file and the tensor that is missing, of another shape or type, or damaged.
    pub(crate) fn weight(
        &self,
        files: &WeightFiles,
        layer: &str,
        shape: [usize; 2],
    ) -> Result<Option<Prequantized>> {
        let read = match self {
            Self::Fp8 { block } => fp8::read(files, layer, shape, *block)?,
            Self::Gptq { group_size, zero_points_less_one, has_act_order } => {
                let options = int4::GptqOptions {
                    zero_points_less_one: *zero_points_less_one,
                    has_act_order: *has_act_order,
                };
                int4::gptq(files, layer, shape, *group_size, options)?
            }
            Self::Awq { group_size } => int4::awq(files, layer, shape, *group_size)?,
            Self::PackedInt4 { group_size, is_symmetric } => {
                int4::packed(files, layer, shape, *group_size, *is_symmetric)?
            }
        };
        let Some((file, weight)) = read else { return self.check_unscaled(files, layer).map(|()| None) };
        match weight.check() {
            Ok(()) => Ok(Some(weight)),
            Err(BackendError::InvalidInput(reason)) => {
                Err(ModelError::DamagedFile { path: file.path, reason })
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Scales beside a plain weight, or beside none, mean that the weight is another one than the file has: without them it would
    /// be read as it is, and be wrong.
    fn check_unscaled(&self, files: &WeightFiles, layer: &str) -> Result<()> {
        let Some(name) =
            SCALES.map(|part| format!("{layer}.{part}")).into_iter().find(|name| files.has(name))
        else {
            return Ok(());
        };
        let weight = format!("{layer}.weight");
        let found = match files.has(&weight) {
            true => Some(files.any_tensor(&weight)?.dtype),
            false => None,
        };
        // What is neither is refused by its type.
        if !matches!(found, None | Some(StoredType::Plain(Dtype::F32 | Dtype::F16 | Dtype::BF16))) {
            return Ok(());
        }
        let reason = format!("tensor {name}: the layer has scales, but no weight in {}", self.name());
        Err(ModelError::DamagedFile { path: files.any_tensor(&name)?.path, reason })
    }
}

/// What scales are called, whatever the format.
const SCALES: [&str; 3] = ["weight_scale", "weight_scale_inv", "scales"];

/// A weight, and the file that its numbers are in.
type Read = Result<Option<(FileTensor, Prequantized)>>;
