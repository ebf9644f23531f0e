//! How llama.cpp rounds weights when it quantises: what our own quantisation is measured against.

use std::borrow::Cow;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, View, serialize_to_file};
use safetensors::{SafeTensorError, SafeTensors};

/// Weights that share a scale.
pub const GROUP: usize = 32;

/// A format of llama.cpp's, with scales in f16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlamaFormat {
    /// Whole numbers of eight bits.
    Q8_0,
    /// Whole numbers of four bits. Embedding and head stay as they are here: files in this format have six bits or more there.
    Q4_0,
}

impl LlamaFormat {
    /// Rounds a group as `quantize_row_q8_0_ref` and `quantize_row_q4_0_ref` of ggml do.
    pub fn round(self, group: &mut [f32]) {
        let farthest = group.iter().fold(0.0f32, |a, b| if b.abs() > a.abs() { *b } else { a });
        let scale = match self {
            Self::Q8_0 => farthest.abs() / 127.0,
            Self::Q4_0 => farthest / -8.0,
        };
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        let stored = f16::from_f32(scale).to_f32();
        for value in group {
            let whole = match self {
                Self::Q8_0 => (*value * inverse).round(),
                Self::Q4_0 => f32::from(((*value * inverse + 8.5) as i8).min(15) - 8),
            };
            *value = whole * stored;
        }
    }
}

/// Writes the weights of `from`, one file, to `to` in f32: matrices as `rewrite` leaves their rows, all else as it is.
///
/// # Errors
/// Where a file cannot be read or written.
///
/// # Panics
/// Where a tensor is not in F32, F16 or BF16.
pub fn rewrite_weights(
    from: &Path,
    to: &Path,
    rewrite: &dyn Fn(&str, usize, &mut [f32]),
) -> Result<(), SafeTensorError> {
    let bytes = std::fs::read(from)?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let rewritten = tensors.iter().map(|(name, tensor)| {
        let mut values = widen(tensor.dtype(), tensor.data());
        if let [rows, columns] = *tensor.shape() {
            debug_assert_eq!(values.len(), rows * columns);
            rewrite(name, columns, &mut values);
        }
        (name, Floats { shape: tensor.shape().to_vec(), values })
    });
    serialize_to_file(rewritten, None, to)
}

/// [`rewrite_weights`] as llama.cpp rounds them.
///
/// # Errors
/// As there.
pub fn round_weights(from: &Path, to: &Path, format: LlamaFormat) -> Result<(), SafeTensorError> {
    rewrite_weights(from, to, &|name, columns, values| {
        let is_table = name.ends_with("embed_tokens.weight") || name.ends_with("lm_head.weight");
        if format == LlamaFormat::Q4_0 && is_table {
            return;
        }
        for row in values.chunks_exact_mut(columns) {
            row.chunks_mut(GROUP).for_each(|group| format.round(group));
        }
    })
}

fn widen(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    let words = || bytes.chunks_exact(2).map(|word| [word[0], word[1]]);
    match dtype {
        Dtype::F32 => {
            let words = bytes.chunks_exact(4);
            words.map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
        }
        Dtype::F16 => words().map(|word| f16::from_le_bytes(word).to_f32()).collect(),
        Dtype::BF16 => words().map(|word| half::bf16::from_le_bytes(word).to_f32()).collect(),
        other => panic!("weights in {other:?}"),
    }
}

struct Floats {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl View for Floats {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into()
    }

    fn data_len(&self) -> usize {
        4 * self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farthest_number_decides_the_scale() {
        let mut group = vec![0.0; GROUP];
        group[..4].copy_from_slice(&[1.0, -2.0, 0.3, 0.9]);
        let mut eight = group.clone();
        LlamaFormat::Q8_0.round(&mut eight);
        let step = f16::from_f32(2.0 / 127.0).to_f32();
        assert_eq!(eight[..4], [64.0 * step, -127.0 * step, 19.0 * step, 57.0 * step]);
        LlamaFormat::Q4_0.round(&mut group);
        assert_eq!(group[..4], [1.0, -2.0, 0.25, 1.0]);
    }
}
