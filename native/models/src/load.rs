use std::hint::black_box;
use std::path::Path;

use conduit_backend::{
    AttentionSpec, Backend, DType, KvLayout, Quantization, RawLinear, RawPart, RawTensor, RawWeight, Shard,
};

use crate::ByteProgress;
use crate::architecture::Architecture;
use crate::decoder::{Decoder, HeadNorms, Layer};
use crate::error::{ModelError, Result};
use crate::prequantized::Prequantization;
use crate::weight_files::WeightFiles;

/// How a model is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// Longest context in tokens. Layers whose window is not shorter see everything, and share the cache of those that do.
    pub max_model_len: usize,
    /// What the matrices of the layers are brought to as they are loaded; `None` leaves them as they are in their files.
    ///
    /// The embedding and the head become int8 whichever it is: an error there meets every token, and they are what
    /// llama.cpp keeps at six bits or more for the same reason. Norms and biases stay.
    pub quantization: Option<Quantization>,
}

impl LoadOptions {
    /// What embedding and head are brought to.
    pub fn table_quantization(self) -> Option<Quantization> {
        self.quantization.map(|_| Quantization::Int8)
    }
}

/// Loads the model of a Hugging Face folder, or of GGUF files: one of them, or the folder that has them.
///
/// Weights stay in their files' type and memory map where the backend can use them there. They are read from the disk now,
/// not by the first request: `progress` counts their bytes as they come.
///
/// # Errors
/// What is missing, damaged or not supported, by its name.
pub fn load<B: Backend>(
    backend: &B,
    folder: &Path,
    options: LoadOptions,
    progress: &ByteProgress,
) -> Result<Decoder<B>> {
    let architecture = Architecture::read(folder)?;
    Decoder::new(backend, architecture, &WeightFiles::open(folder)?, options, progress)
}

impl<B: Backend> Decoder<B> {
    /// Builds a decoder of this architecture from the weights.
    ///
    /// # Errors
    /// Tensors that are missing or do not have the shape that the architecture asks for, and what the backend refuses.
    pub fn new(
        backend: &B,
        architecture: Architecture,
        files: &WeightFiles,
        options: LoadOptions,
        progress: &ByteProgress,
    ) -> Result<Self> {
        if let (Some(to), Some(from)) = (options.quantization, &architecture.prequantization) {
            let (key, value) =
                ("quantization_config".into(), format!("{} with quantization = {to}", from.name()));
            return Err(ModelError::UnsupportedFeature { key, value, supported: "either of the two" });
        }
        if let Some(to) = options.quantization {
            files.check_quantizable(to)?;
        }
        progress.begin(files.tensor_bytes());
        let Architecture { vocab_size, hidden_size, .. } = architecture;
        let mut builder =
            Builder { backend, files, progress, architecture: &architecture, options, weight_bytes: 0 };
        let tables = options.table_quantization();
        let table = builder.weight("model.embed_tokens", [vocab_size, hidden_size], tables)?;
        let kv_dtype = architecture.dtype.unwrap_or(match &table {
            RawWeight::Dense(tensor) | RawWeight::Quantize { tensor, .. } => tensor.dtype,
            _ => DType::BF16,
        });
        let embedding = builder.pack(vec![RawPart { weight: table, bias: None }])?;
        let head = if architecture.tied_head {
            Some(embedding.clone())
        } else if files.is_headless() {
            None
        } else {
            Some(builder.linear(&[("lm_head", vocab_size, false)], hidden_size, tables)?)
        };
        let norm = builder.vector("model.norm.weight", hidden_size)?;
        let (kv_groups, attention) = group_layers(&architecture, kv_dtype, options);
        let layers =
            attention.into_iter().enumerate().map(|(index, attention)| builder.layer(index, attention));
        let layers = layers.collect::<Result<_>>()?;
        let inverse_frequencies =
            backend.vector(&architecture.rope.inverse_frequencies(architecture.head_dim))?;
        let weight_bytes = builder.weight_bytes;
        Ok(Self { architecture, kv_groups, weight_bytes, embedding, layers, norm, head, inverse_frequencies })
    }
}

/// One KV group for each distinct window, in the order of their first layers, and each layer's place.
fn group_layers(
    architecture: &Architecture,
    dtype: DType,
    options: LoadOptions,
) -> (Vec<KvLayout>, Vec<AttentionSpec>) {
    let Architecture { heads, kv_heads, head_dim, .. } = *architecture;
    let mut groups: Vec<KvLayout> = Vec::new();
    let mut place = |window: &Option<usize>| {
        let window = window.filter(|window| *window < options.max_model_len);
        let known = groups.iter().position(|group| group.window == window);
        let group = known.unwrap_or_else(|| {
            groups.push(KvLayout { layers: 0, kv_heads, head_dim, dtype, window });
            groups.len() - 1
        });
        let layer = groups[group].layers;
        groups[group].layers += 1;
        let scale = (head_dim as f32).sqrt().recip();
        AttentionSpec { group, layer, heads, kv_heads, head_dim, scale, window, soft_cap: None }
    };
    let attention = architecture.windows.iter().map(&mut place).collect();
    (groups, attention)
}

struct Builder<'a, B: Backend> {
    backend: &'a B,
    files: &'a WeightFiles,
    progress: &'a ByteProgress,
    architecture: &'a Architecture,
    options: LoadOptions,
    weight_bytes: u64,
}

impl<B: Backend> Builder<'_, B> {
    fn layer(&mut self, index: usize, attention: AttentionSpec) -> Result<Layer<B>> {
        let Architecture { hidden_size, heads, kv_heads, head_dim, intermediate_size, .. } =
            *self.architecture;
        let Architecture { qkv_bias, output_bias, mlp_bias, query_key_norm, .. } = *self.architecture;
        let name = |part: &str| format!("model.layers.{index}.{part}");
        let (q, k, v) = (name("self_attn.q_proj"), name("self_attn.k_proj"), name("self_attn.v_proj"));
        let (query_features, key_features) = (heads * head_dim, kv_heads * head_dim);
        let qkv =
            [(&*q, query_features, qkv_bias), (&*k, key_features, qkv_bias), (&*v, key_features, qkv_bias)];
        let (gate, up) = (name("mlp.gate_proj"), name("mlp.up_proj"));
        let gate_up = [(&*gate, intermediate_size, mlp_bias), (&*up, intermediate_size, mlp_bias)];
        let head_norms = match query_key_norm {
            true => Some(HeadNorms {
                query: self.vector(&name("self_attn.q_norm.weight"), head_dim)?,
                key: self.vector(&name("self_attn.k_norm.weight"), head_dim)?,
            }),
            false => None,
        };
        let to = self.options.quantization;
        let output = name("self_attn.o_proj");
        let down = name("mlp.down_proj");
        Ok(Layer {
            input_norm: self.vector(&name("input_layernorm.weight"), hidden_size)?,
            qkv: self.linear(&qkv, hidden_size, to)?,
            head_norms,
            attention,
            output: self.linear(&[(&output, hidden_size, output_bias)], query_features, to)?,
            post_attention_norm: self.vector(&name("post_attention_layernorm.weight"), hidden_size)?,
            gate_up: self.linear(&gate_up, hidden_size, to)?,
            down: self.linear(&[(&down, hidden_size, mlp_bias)], intermediate_size, to)?,
        })
    }

    /// A layer of parts, each with its name, output features, and whether it has a bias.
    fn linear(
        &mut self,
        parts: &[(&str, usize, bool)],
        in_features: usize,
        to: Option<Quantization>,
    ) -> Result<B::Linear> {
        let read = |(name, features, has_bias): &(&str, usize, bool)| {
            let weight = self.weight(name, [*features, in_features], to)?;
            let bias = has_bias.then(|| self.tensor(&format!("{name}.bias"), &[*features])).transpose()?;
            Ok(RawPart { weight, bias })
        };
        let parts = parts.iter().map(read).collect::<Result<_>>()?;
        self.pack(parts)
    }

    /// The weight of a layer, as its publisher quantised it or left it.
    fn weight(&self, layer: &str, shape: [usize; 2], to: Option<Quantization>) -> Result<RawWeight> {
        let prequantization = self.architecture.prequantization.as_ref();
        let read_as = |prequantization: &Prequantization| prequantization.weight(self.files, layer, shape);
        if let Some(prequantized) = prequantization.map(read_as).transpose()?.flatten() {
            prequantized.file_bytes().for_each(|bytes| read(bytes, self.progress));
            return Ok(RawWeight::Prequantized(prequantized));
        }
        let tensor = self.files.any_tensor(&format!("{layer}.weight"))?;
        if let Some(blocks) = tensor.blocks(shape)? {
            read(&blocks.data, self.progress);
            return Ok(RawWeight::Blocks(blocks));
        }
        Ok(weight(self.tensor(&format!("{layer}.weight"), &shape)?, to))
    }

    fn pack(&mut self, parts: Vec<RawPart>) -> Result<B::Linear> {
        let linear = self.backend.linear(RawLinear { parts }, Shard::WHOLE)?;
        self.weight_bytes += self.backend.linear_shape(&linear).device_bytes;
        Ok(linear)
    }

    /// A tensor that has been read.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<RawTensor> {
        let tensor = self.files.tensor(name, shape)?;
        read(&tensor.data, self.progress);
        Ok(tensor)
    }

    fn vector(&self, name: &str, features: usize) -> Result<B::Vector> {
        let values = self.tensor(name, &[features])?.to_f32();
        Ok(self.backend.vector(&values)?)
    }
}

fn weight(tensor: RawTensor, to: Option<Quantization>) -> RawWeight {
    match to {
        Some(to) => RawWeight::Quantize { tensor, to },
        None => RawWeight::Dense(tensor),
    }
}

/// Bytes that are counted at once.
const COUNTED_BYTES: usize = 4 << 20;
/// The system reads whole pages; none of those that it may have is smaller.
const PAGE_BYTES: usize = 4096;

/// Has the system read what is mapped, and counts it.
fn read(bytes: &[u8], progress: &ByteProgress) {
    for counted in bytes.chunks(COUNTED_BYTES) {
        for page in counted.chunks(PAGE_BYTES) {
            black_box(page[0]);
        }
        progress.advance(counted.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_that_is_read_counts_once() {
        let progress = ByteProgress::default();
        let total = 3 * COUNTED_BYTES as u64;
        progress.begin(total);
        let mut expected = 0;
        for length in [0, 1, PAGE_BYTES + 1, COUNTED_BYTES, COUNTED_BYTES + 1] {
            read(&vec![0; length], &progress);
            expected += length as u64;
            assert_eq!(progress.under_way(), Some((expected, total)));
        }
    }
}
