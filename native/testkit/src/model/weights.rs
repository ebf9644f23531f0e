use std::collections::{BTreeMap, HashMap};

use conduit_backend::DType;
use half::{bf16, f16};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

use super::{ModelWriteError, TinyModel, published_format::StoredTensor, random::Random};

/// What a tensor's numbers are drawn around: `mean`, and `deviation` times a normal number.
struct Tensor {
    name: String,
    shape: Vec<usize>,
    mean: f32,
    deviation: f32,
}

/// The weight files by name, `model.safetensors.index.json` included when there are several.
pub(crate) fn weight_files(
    model: &TinyModel,
    vocab_size: usize,
) -> Result<Vec<(String, Vec<u8>)>, ModelWriteError> {
    let tensors = tensors(model, vocab_size);
    let per_shard = tensors.len().div_ceil(model.shards);
    let mut files = Vec::new();
    let mut weight_map = BTreeMap::new();
    let mut total_bytes = 0;
    for (index, shard) in tensors.chunks(per_shard).enumerate() {
        let file = if model.shards == 1 {
            "model.safetensors".to_owned()
        } else {
            format!("model-{:05}-of-{:05}.safetensors", index + 1, model.shards)
        };
        let stored: Vec<StoredTensor> = shard.iter().flat_map(|tensor| tensor.stored(model)).collect();
        let mut views = Vec::with_capacity(stored.len());
        for StoredTensor { name, dtype, shape, bytes } in &stored {
            views.push((name, TensorView::new(*dtype, shape.clone(), bytes)?));
            weight_map.insert(name.clone(), file.clone());
            total_bytes += bytes.len();
        }
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        files.push((file, safetensors::serialize(views, Some(metadata))?));
    }
    if model.shards > 1 {
        let index = json!({ "metadata": { "total_size": total_bytes }, "weight_map": weight_map });
        files.push(("model.safetensors.index.json".to_owned(), format!("{index:#}\n").into_bytes()));
    }
    Ok(files)
}

impl Tensor {
    /// The tensors of the file that it becomes.
    fn stored(&self, model: &TinyModel) -> Vec<StoredTensor> {
        if let (Some(format), Some(layer), [outputs, inputs]) =
            (model.published_format, self.name.strip_suffix("_proj.weight"), &*self.shape)
        {
            return format.tensors(&format!("{layer}_proj"), [*outputs, *inputs], model.seed);
        }
        let (name, shape) = (self.name.clone(), self.shape.clone());
        vec![StoredTensor { name, dtype: file_dtype(model.dtype), shape, bytes: self.bytes(model) }]
    }

    fn bytes(&self, model: &TinyModel) -> Vec<u8> {
        let mut random = Random::named(model.seed, &self.name);
        let values = (0..self.shape.iter().product()).map(|_| self.mean + self.deviation * random.normal());
        match model.dtype {
            DType::F32 => values.flat_map(f32::to_le_bytes).collect(),
            DType::F16 => values.flat_map(|value| f16::from_f32(value).to_le_bytes()).collect(),
            DType::BF16 => values.flat_map(|value| bf16::from_f32(value).to_le_bytes()).collect(),
        }
    }
}

fn tensors(model: &TinyModel, vocab_size: usize) -> Vec<Tensor> {
    let (hidden, intermediate) = (model.hidden_size, model.intermediate_size);
    let (query, key_value) = (model.heads * model.head_dim, model.kv_heads * model.head_dim);
    let tensor = |name: String, shape: &[usize], mean, deviation| Tensor {
        name,
        shape: shape.to_vec(),
        mean,
        deviation,
    };
    let matrix = |name: String, rows: usize, columns: usize| {
        tensor(format!("{name}.weight"), &[rows, columns], 0.0, 1.0 / (columns as f32).sqrt())
    };
    let norm = |name: String, size: usize| tensor(format!("{name}.weight"), &[size], 1.0, 0.2);

    // An embedding this wide gives logits a deviation of about one, so that temperature has something to act on.
    let embedding =
        |name: &str| tensor(name.to_owned(), &[vocab_size, hidden], 0.0, 1.0 / (hidden as f32).sqrt());
    let mut all = vec![embedding("model.embed_tokens.weight")];
    for layer in 0..model.layers {
        let at = |part: &str| format!("model.layers.{layer}.{part}");
        all.push(norm(at("input_layernorm"), hidden));
        all.push(matrix(at("self_attn.q_proj"), query, hidden));
        all.push(matrix(at("self_attn.k_proj"), key_value, hidden));
        all.push(matrix(at("self_attn.v_proj"), key_value, hidden));
        all.push(matrix(at("self_attn.o_proj"), hidden, query));
        if model.family.has_query_key_value_bias() {
            for (part, size) in [("q", query), ("k", key_value), ("v", key_value)] {
                all.push(tensor(at(&format!("self_attn.{part}_proj.bias")), &[size], 0.0, 0.5));
            }
        }
        if model.family.has_query_key_norm() {
            all.push(norm(at("self_attn.q_norm"), model.head_dim));
            all.push(norm(at("self_attn.k_norm"), model.head_dim));
        }
        all.push(norm(at("post_attention_layernorm"), hidden));
        all.push(matrix(at("mlp.gate_proj"), intermediate, hidden));
        all.push(matrix(at("mlp.up_proj"), intermediate, hidden));
        all.push(matrix(at("mlp.down_proj"), hidden, intermediate));
    }
    all.push(norm("model.norm".to_owned(), hidden));
    if !model.tied_head {
        all.push(embedding("lm_head.weight"));
    }
    all
}

const fn file_dtype(dtype: DType) -> Dtype {
    match dtype {
        DType::F32 => Dtype::F32,
        DType::F16 => Dtype::F16,
        DType::BF16 => Dtype::BF16,
    }
}
