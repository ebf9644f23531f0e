use std::hint::black_box;
use std::path::Path;

use conduit_backend::{
    AttentionSpec, Backend, DType, KvDType, KvLayout, Quantization, RawLinear, RawPart, RawTensor, RawWeight,
    Shard,
};

use crate::ByteProgress;
use crate::architecture::Architecture;
use crate::decoder::{Decoder, HeadNorms, Layer, PostNorms};
use crate::error::{ModelError, Result};
use crate::feed_forward::FeedForward;
use crate::prequantized::Prequantization;
use crate::rotary::{Rotary, rotaries};
use crate::weight_files::WeightFiles;

/// How a model is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// Longest context in tokens. Layers whose window is not shorter see everything, and share the cache of those that do. Rotary
    /// embedding whose scaling depends on the length is that of sequences of this length.
    pub max_model_len: usize,
    /// What the matrices of the layers are brought to as they are loaded; `None` leaves them as they are in their files.
    ///
    /// The embedding and the head become int8 whichever it is: an error there meets every token, and they are what
    /// llama.cpp keeps at six bits or more for the same reason. Norms and biases stay.
    pub quantization: Option<Quantization>,
    /// What keys and values are kept as; `None` takes the type of the weights.
    pub kv_dtype: Option<KvDType>,
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
        if architecture.mixture.is_some() {
            backend.check_experts()?;
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
        let dtype = architecture.dtype.unwrap_or(match &table {
            RawWeight::Dense(tensor) | RawWeight::Quantize { tensor, .. } => tensor.dtype,
            _ => DType::BF16,
        });
        let kv_dtype = options.kv_dtype.unwrap_or(dtype.into());
        let embedding = builder.pack(vec![RawPart { weight: table, bias: None }])?;
        let head = if architecture.tied_head {
            Some(embedding.clone())
        } else if files.is_headless() {
            None
        } else {
            Some(builder.linear(&[("lm_head", vocab_size, false)], hidden_size, tables)?)
        };
        let norm = builder.norm("model.norm.weight", hidden_size)?;
        let (kv_groups, attention) = group_layers(&architecture, kv_dtype, options);
        let rotaries = rotaries(backend, &architecture, options.max_model_len)?;
        let layers = attention.into_iter().zip(rotaries).enumerate();
        let layers = layers.map(|(index, (attention, rotary))| builder.layer(index, attention, rotary));
        let layers = layers.collect::<Result<_>>()?;
        let weight_bytes = builder.weight_bytes;
        let embedding_scale = architecture.embedding_scale(dtype);
        Ok(Self { architecture, kv_groups, weight_bytes, embedding, embedding_scale, layers, norm, head })
    }
}

/// One KV group for each distinct window, in the order of their first layers, and each layer's place.
fn group_layers(
    architecture: &Architecture,
    dtype: KvDType,
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
        let (scale, soft_cap) = (architecture.attention_scale, architecture.attention_soft_cap);
        AttentionSpec { group, layer, heads, kv_heads, head_dim, scale, window, soft_cap }
    };
    let attention = architecture.windows.iter().map(&mut place).collect();
    (groups, attention)
}

pub(crate) struct Builder<'a, B: Backend> {
    backend: &'a B,
    pub files: &'a WeightFiles,
    progress: &'a ByteProgress,
    pub architecture: &'a Architecture,
    pub options: LoadOptions,
    weight_bytes: u64,
}

impl<B: Backend> Builder<'_, B> {
    fn layer(&mut self, index: usize, attention: AttentionSpec, rotary: Rotary<B>) -> Result<Layer<B>> {
        let Architecture { hidden_size, heads, kv_heads, head_dim, .. } = *self.architecture;
        let Architecture { qkv_bias, output_bias, query_key_norm, .. } = *self.architecture;
        let Architecture { post_norms, fused_tensors, .. } = *self.architecture;
        let name = |part: &str| format!("model.layers.{index}.{part}");
        let head_norms = match query_key_norm {
            true => Some(HeadNorms {
                query: self.norm(&name("self_attn.q_norm.weight"), head_dim)?,
                key: self.norm(&name("self_attn.k_norm.weight"), head_dim)?,
            }),
            false => None,
        };
        // Gemma's norm of the name is one of what attention adds, everyone else's the next layer's.
        let after_attention = name("post_attention_layernorm.weight");
        let (feed_forward_norm, post_norms) = match post_norms {
            true => {
                let feed_forward = name("post_feedforward_layernorm.weight");
                let post_norms = PostNorms {
                    attention: self.norm(&after_attention, hidden_size)?,
                    feed_forward: self.norm(&feed_forward, hidden_size)?,
                };
                (name("pre_feedforward_layernorm.weight"), Some(post_norms))
            }
            false => (after_attention, None),
        };
        let (queries, keys) = (heads * head_dim, kv_heads * head_dim);
        let qkv: &[_] = match fused_tensors {
            true => &[("qkv", queries + 2 * keys)],
            false => &[("q", queries), ("k", keys), ("v", keys)],
        };
        let to = self.options.quantization;
        let output = name("self_attn.o_proj");
        Ok(Layer {
            input_norm: self.norm(&name("input_layernorm.weight"), hidden_size)?,
            qkv: self.parts(&name("self_attn"), qkv, qkv_bias)?,
            head_norms,
            rotary,
            attention,
            output: self.linear(&[(&output, hidden_size, output_bias)], queries, to)?,
            feed_forward_norm: self.norm(&feed_forward_norm, hidden_size)?,
            feed_forward: self.feed_forward(index)?,
            post_norms,
        })
    }

    fn feed_forward(&mut self, index: usize) -> Result<FeedForward<B>> {
        let Architecture { mixture, .. } = self.architecture;
        if let Some(mixture) = mixture.as_ref().filter(|mixture| mixture.layers[index]) {
            return self.mixture(index, mixture);
        }
        let Architecture { hidden_size, intermediate_size, mlp_bias, fused_tensors, .. } = *self.architecture;
        let module = format!("model.layers.{index}.mlp");
        let gate_up: &[_] = match fused_tensors {
            true => &[("gate_up", 2 * intermediate_size)],
            false => &[("gate", intermediate_size), ("up", intermediate_size)],
        };
        let down = format!("{module}.down_proj");
        let to = self.options.quantization;
        Ok(FeedForward::Dense {
            gate_up: self.parts(&module, gate_up, mlp_bias)?,
            down: self.linear(&[(&down, hidden_size, mlp_bias)], intermediate_size, to)?,
        })
    }

    /// A layer of parts of a module of the decoder, each with its name and its output features.
    fn parts(&mut self, module: &str, parts: &[(&str, usize)], has_bias: bool) -> Result<B::Linear> {
        let name = |(part, features): &(&str, usize)| (format!("{module}.{part}_proj"), *features);
        let names: Vec<_> = parts.iter().map(name).collect();
        let parts: Vec<_> = names.iter().map(|(name, features)| (&**name, *features, has_bias)).collect();
        self.linear(&parts, self.architecture.hidden_size, self.options.quantization)
    }

    /// A layer of parts, each with its name, output features, and whether it has a bias.
    pub fn linear(
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

    pub fn pack(&mut self, parts: Vec<RawPart>) -> Result<B::Linear> {
        let linear = self.backend.linear(RawLinear { parts }, Shard::WHOLE)?;
        self.weight_bytes += self.backend.linear_shape(&linear).device_bytes;
        Ok(linear)
    }

    /// A tensor that has been read.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<RawTensor> {
        let tensor = self.files.tensor(name, shape)?;
        read(&tensor.data, self.progress);
        Ok(tensor)
    }

    /// The factors of a norm.
    fn norm(&self, name: &str, features: usize) -> Result<B::Vector> {
        let mut factors = self.tensor(name, &[features])?.to_f32();
        if self.architecture.norms_add_one {
            factors.iter_mut().for_each(|factor| *factor += 1.0);
        }
        Ok(self.backend.vector(&factors)?)
    }
}

pub(crate) fn weight(tensor: RawTensor, to: Option<Quantization>) -> RawWeight {
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
