//! How fast the CPU backend runs a model of Qwen3-0.6B's shape with random bf16 weights, as they are or quantised.
//!
//! `cargo run --release -p conduit-models --example decode-speed [threads] [isa] [quantization]`
//!
//! Method: greedy decoding, each step enqueued before the last is collected; the median of 16 steps. Bytes are those of the
//! weights that a step reads, without the cache. A prompt of 512 tokens is one step. The cache's content does not matter
//! to the time, so that long contexts start from an empty one. The model, 1.2 GB, stays in the temporary folder
//! `conduit-decode-speed` for the next run.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use conduit_backend::{
    Backend, Bucket, Budget, EXTENT_BYTES, KV_ADDRESS_UNIT, KvAddress, Masks, Model, RowSampling,
    SequenceInput, StepInputs, TokenSource,
};
use conduit_backend_cpu::{CpuBackend, CpuOptions, CpuPlan, CpuStep, Isa};
use conduit_models::{ByteProgress, LoadOptions, load};
use safetensors::tensor::{Dtype, View, serialize_to_file};

const LAYERS: usize = 28;
const CONFIG: &str = r#"{
  "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_act": "silu", "hidden_size": 1024,
  "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8,
  "head_dim": 128, "max_position_embeddings": 40960, "rms_norm_eps": 1e-6, "rope_theta": 1000000,
  "tie_word_embeddings": true, "torch_dtype": "bfloat16", "vocab_size": 151936
}"#;

/// A tensor of small random numbers, made when it is written.
struct Random(Vec<usize>);

impl View for Random {
    fn dtype(&self) -> Dtype {
        Dtype::BF16
    }

    fn shape(&self) -> &[usize] {
        &self.0
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        let mut bytes = Vec::with_capacity(self.data_len());
        while bytes.len() < self.data_len() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // Sign and fraction are random, the exponent is that of 1/64.
            let bits = (state as u16 & 0x807F) | 0x3C80;
            bytes.extend_from_slice(&bits.to_le_bytes());
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        2 * self.0.iter().product::<usize>()
    }
}

fn write_model(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a temporary folder");
    std::fs::write(folder.join("config.json"), CONFIG).expect("room for the config");
    let mut tensors = HashMap::new();
    let mut add = |name: String, shape: &[usize]| tensors.insert(name, Random(shape.to_vec()));
    add("model.embed_tokens.weight".into(), &[151_936, 1024]);
    add("model.norm.weight".into(), &[1024]);
    for layer in 0..LAYERS {
        for (name, shape) in [
            ("self_attn.q_proj", &[2048, 1024][..]),
            ("self_attn.k_proj", &[1024, 1024]),
            ("self_attn.v_proj", &[1024, 1024]),
            ("self_attn.o_proj", &[1024, 2048]),
            ("self_attn.q_norm", &[128]),
            ("self_attn.k_norm", &[128]),
            ("mlp.gate_proj", &[3072, 1024]),
            ("mlp.up_proj", &[3072, 1024]),
            ("mlp.down_proj", &[1024, 3072]),
            ("input_layernorm", &[1024]),
            ("post_attention_layernorm", &[1024]),
        ] {
            add(format!("model.layers.{layer}.{name}.weight"), shape);
        }
    }
    serialize_to_file(tensors, None, &folder.join("model.safetensors")).expect("room for 1.2 GB of weights");
}

/// Enqueues `count` tokens of each of `sequences` sequences, and the sampling of the last of each.
fn enqueue(
    backend: &CpuBackend,
    plan: &CpuPlan,
    (sequences, count, context_len): (usize, usize, usize),
    block_bytes: usize,
    source: impl Fn(usize) -> TokenSource,
) -> CpuStep {
    let mut inputs = StepInputs::default();
    let blocks = context_len.div_ceil(16);
    for sequence in 0..sequences {
        let start = inputs.tokens.len();
        inputs.tokens.extend((0..count).map(|_| source(sequence)));
        inputs.positions.extend((context_len - count..context_len).map(|position| position as u32));
        inputs.logit_tokens.push((start + count - 1) as u32);
        let tables = inputs.block_tables.len();
        let address =
            |block: usize| KvAddress(((sequence * 64 + block) * block_bytes / KV_ADDRESS_UNIT) as u32);
        inputs.block_tables.extend((0..blocks).map(address));
        inputs.sequences.push(SequenceInput {
            tokens: start..start + count,
            context_len,
            blocks: std::iter::once(tables..tables + blocks).collect(),
        });
    }
    let mut step = backend.forward(plan, &inputs).expect("a valid step");
    backend
        .sample(&mut step, &vec![RowSampling::GREEDY; sequences], Masks::none(sequences))
        .expect("valid rows");
    step
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let threads = arguments.first().and_then(|threads| threads.parse().ok());
    let isa = arguments.get(1).filter(|name| *name != "best");
    let isa = isa.map(|name| name.parse::<Isa>().expect("a set of instructions, or best"));
    let quantization = arguments.get(2).map(|name| name.parse().expect("a quantization"));
    let backend = CpuBackend::new(CpuOptions { threads, isa }).expect("a backend");
    println!("{}", backend.name());

    let folder = std::env::temp_dir().join("conduit-decode-speed");
    if !folder.join("model.safetensors").exists() {
        write_model(&folder);
    }
    let memory = backend.memory(Budget { bytes: 128 * EXTENT_BYTES as u64 }).expect("address space");
    let options = LoadOptions { max_model_len: 4096, quantization, kv_dtype: None };
    let start = Instant::now();
    let model =
        load(&backend, &folder, options, &ByteProgress::default()).expect("the model that was written");
    println!("loaded in {:.2} s", start.elapsed().as_secs_f64());
    let plan = backend.record(&model, Bucket { max_tokens: 512, max_rows: 32 }).expect("a plan");
    let block_bytes = model.kv_groups()[0].block_bytes();
    for _ in 0..memory.free_extents() {
        memory.map().expect("an extent of the budget");
    }
    let file_bytes = std::fs::metadata(folder.join("model.safetensors")).expect("the weights").len();
    // Nearly all of what is quantised is read in every step, the embedding as the head.
    let weights = if quantization.is_some() { model.weight_bytes() } else { file_bytes } as f64;

    for _ in 0..2 {
        let start = Instant::now();
        let step = enqueue(&backend, &plan, (1, 512, 512), block_bytes, |_| TokenSource::Id(7));
        backend.collect(step).expect("a step");
        let seconds = start.elapsed().as_secs_f64();
        println!("prompt of 512 tokens: {:.2} s, {:.0} tokens/s", seconds, 512.0 / seconds);
    }
    for (batch, context) in
        [(1, 128), (2, 128), (4, 128), (8, 128), (16, 128), (32, 128), (1, 1024), (1, 16_384)]
    {
        let mut times = Vec::new();
        let mut step = enqueue(&backend, &plan, (batch, 1, context), block_bytes, |_| TokenSource::Id(7));
        for context_len in context + 1..context + 17 {
            let start = Instant::now();
            let next = enqueue(&backend, &plan, (batch, 1, context_len), block_bytes, |row| {
                TokenSource::Previous(row as u32)
            });
            backend.collect(std::mem::replace(&mut step, next)).expect("a step");
            times.push(start.elapsed().as_secs_f64());
        }
        backend.collect(step).expect("a step");
        times.sort_by(f64::total_cmp);
        let seconds = times[times.len() / 2];
        let (rate, bandwidth) = (batch as f64 / seconds, weights / seconds / 1e9);
        println!(
            "batch of {batch:2}, context {context:5}: {:.1} ms a step, {rate:.1} tokens/s, {bandwidth:.1} GB/s of weights",
            seconds * 1e3
        );
    }
}
