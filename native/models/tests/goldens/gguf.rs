//! GGUF files: what a file says matters to its golden, and what is damaged or not supported is named.

use std::path::PathBuf;

use conduit_backend::{DType, Model, Quantization, RotaryStyle};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{Architecture, ByteProgress, LoadOptions, ModelError, RopeScaling, load};
use conduit_testkit::golden::Golden;
use conduit_testkit::gguf::GgufBuilder;

use crate::folder_copy::{FolderCopy, assert_names, refusal};

/// How far a fault must move the logits at some position: far above the tolerance.
const VISIBLE: f64 = 0.04;

/// The file of a copy.
const FILE: &str = "model.gguf";

fn difference(golden: &Golden, architecture: Architecture) -> f64 {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let mut runner = golden.runner(backend, architecture).unwrap();
    let mut sequence = runner.sequence();
    golden.difference(&runner.logits(&mut [(&mut sequence, &golden.input_ids)]))
}

/// A copy whose file is another one.
fn changed(golden: &str, purpose: &str, change: impl FnOnce(&mut Vec<u8>)) -> FolderCopy {
    let copy = FolderCopy::of(golden, &format!("gguf-{purpose}"));
    let path = copy.0.join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(path, bytes).unwrap();
    copy
}

/// Where these bytes begin.
fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}

/// Where the bytes behind the first text that is written so begin.
fn behind(bytes: &[u8], text: &str) -> usize {
    let written = [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    find(bytes, &written) + written.len()
}

/// Where a tensor of two sizes lies.
fn start_of(bytes: &[u8], tensor: &str) -> usize {
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    // The last description ends where the padding before the tensors begins.
    let last = ["output_norm.weight", "blk.1.ffn_down.bias", "output.weight"].map(|name| {
        let written = [&(name.len() as u64).to_le_bytes()[..], name.as_bytes()].concat();
        let at = bytes.windows(written.len()).position(|window| window == written);
        at.map_or(0, |at| at + written.len())
    });
    let last = last.into_iter().max().unwrap();
    let sizes = u32::from_le_bytes(bytes[last..last + 4].try_into().unwrap()) as usize;
    let data = (last + 4 + 8 * sizes + 4 + 8).next_multiple_of(32);
    data + number(behind(bytes, tensor) + 4 + 16 + 4)
}

/// What a model's cache is in, and its device memory.
fn loaded(golden: &str) -> (DType, u64) {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let progress = ByteProgress::default();
    let options = LoadOptions { max_model_len: 64, quantization: None };
    let decoder = load(&backend, &Golden::named(golden).folder, options, &progress).unwrap();
    assert!(!progress.age().is_zero() && progress.under_way().is_none(), "{golden}");
    (decoder.kv_groups()[0].dtype, decoder.weight_bytes())
}

#[test]
fn rotary_embedding_interleaves_rows_of_llama_alone() {
    for golden in Golden::gguf() {
        let mut architecture = golden.architecture();
        let is_llama = golden.name.starts_with("llama") || golden.name.starts_with("mistral");
        let (style, other) = match is_llama {
            true => (RotaryStyle::Interleaved, RotaryStyle::RotateHalf),
            false => (RotaryStyle::RotateHalf, RotaryStyle::Interleaved),
        };
        assert_eq!(architecture.rotary_style, style, "{}", golden.name);
        architecture.rotary_style = other;
        let difference = difference(&golden, architecture);
        assert!(difference > VISIBLE, "{}: {difference:.1e}", golden.name);
    }
}

#[test]
fn rope_freqs_are_read() {
    let golden = Golden::named("llama-q8_0");
    let mut architecture = golden.architecture();
    assert!(matches!(&architecture.rope.scaling, RopeScaling::Factors(factors) if factors.len() == 8));
    architecture.rope.scaling = RopeScaling::Default;
    assert!(difference(&golden, architecture) > VISIBLE);
}

#[test]
fn an_architecture_is_what_the_metadata_says() {
    let config = r#"{
        "model_type": "mistral", "hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 96,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 288,
        "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "sliding_window": 12
    }"#;
    let expected = Architecture {
        rotary_style: RotaryStyle::Interleaved,
        ..Architecture::parse(&serde_json::from_str(config).unwrap()).unwrap()
    };
    let folder = Golden::named("mistral-split").folder;
    assert_eq!(Architecture::read(&folder).unwrap(), expected);
    // Any file of the set stands for all of them.
    assert_eq!(Architecture::read(&folder.join("model-00002-of-00002.gguf")).unwrap(), expected);
}

#[test]
fn weights_stay_where_they_are_mapped() {
    for name in ["llama-q8_0", "mistral-split", "qwen3-q4_k_m", "qwen2-q5_k_m"] {
        // The embedding of one of them is in f16.
        let dtype = if name == "mistral-split" { DType::F16 } else { DType::BF16 };
        assert_eq!(loaded(name), (dtype, 0), "{name}");
    }
    assert_eq!(loaded("llama-dense"), (DType::F32, 0));
}

#[test]
fn every_scale_matters() {
    let golden = Golden::named("qwen3-q4_k_m");
    // The signs of a scale and of a minimum, and of the scale of Q6_K, which is a block's last.
    for (tensor, at) in [("ffn_up", 1), ("ffn_up", 3), ("ffn_down", 209), ("attn_output", 1)] {
        let copy = changed("qwen3-q4_k_m", &format!("scale-{tensor}-{at}"), |bytes| {
            let start = start_of(bytes, &format!("blk.0.{tensor}.weight"));
            bytes[start + at] ^= 0x80;
        });
        let copied = Golden { folder: copy.0.clone(), ..Golden::named(&golden.name) };
        let difference = difference(&copied, golden.architecture());
        assert!(difference > golden.tolerance(), "{tensor} {at}: {difference:.1e}");
    }
}

#[test]
fn scales_that_are_no_numbers_are_damage() {
    for (tensor, at) in [("ffn_up", 0), ("ffn_up", 2), ("ffn_down", 208), ("attn_output", 0)] {
        for bits in [0x7E00u16, 0xFC00] {
            let name = format!("blk.0.{tensor}.weight");
            let copy = changed("qwen3-q4_k_m", &format!("nan-{tensor}-{at}-{bits}"), |bytes| {
                let start = start_of(bytes, &name);
                bytes[start + at..][..2].copy_from_slice(&bits.to_le_bytes());
            });
            assert_names(&copy.error(), "damaged_file", &[FILE, &name, "block 0 is not finite"]);
        }
    }
}

#[test]
fn types_that_are_not_supported_are_named_with_their_tensor() {
    let name = "blk.0.ffn_up.weight";
    for (number, found) in [(10u32, "Q2_K"), (11, "Q3_K"), (23, "IQ4_XS"), (34, "TQ1_0")] {
        let copy = changed("qwen3-q4_k_m", &format!("type-{found}"), |bytes| {
            let at = behind(bytes, name) + 4 + 16;
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        });
        assert_names(&copy.error(), "unsupported_dtype", &[FILE, name, found, "Q4_K"]);
    }
}

#[test]
fn tensors_that_are_missing_or_of_another_shape_are_named_as_in_the_file() {
    let name = "blk.0.ffn_up.weight";
    let copy = changed("qwen3-q4_k_m", "missing", |bytes| {
        let at = find(bytes, name.as_bytes());
        bytes[at..at + name.len()].copy_from_slice(b"blk.0.ffn_ap.weight");
    });
    assert_names(&copy.error(), "missing_tensor", &[FILE, "model.layers.0.mlp.up_proj.weight"]);
    let copy = changed("qwen3-q4_k_m", "shape", |bytes| {
        let at = behind(bytes, name) + 4 + 8;
        bytes[at..at + 8].copy_from_slice(&255u64.to_le_bytes());
    });
    assert_names(&copy.error(), "wrong_shape", &[FILE, name, "[255, 256]", "[256, 256]"]);
}

#[test]
fn blocks_are_not_quantised_again() {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let options = LoadOptions { max_model_len: 64, quantization: Some(Quantization::Int8) };
    let load = |name: &str| load(&backend, &Golden::named(name).folder, options, &ByteProgress::default());
    let error = load("llama-q8_0").err().unwrap();
    assert_names(&error, "unsupported_feature", &[FILE, "quantization = int8 of Q8_0"]);
    load("llama-dense").unwrap();
}

/// A file that has metadata and no more.
struct Metadata {
    folder: tempfile::TempDir,
    builder: GgufBuilder,
}

impl Metadata {
    fn new() -> Self {
        let mut builder = GgufBuilder::default();
        builder.set("general.architecture", "llama").set("llama.embedding_length", 8u32);
        builder.set("llama.block_count", 1u32).set("llama.feed_forward_length", 8u32);
        builder.set("llama.context_length", 64u32).set("llama.attention.head_count", 2u32);
        builder.set("llama.attention.layer_norm_rms_epsilon", 1e-5f32);
        builder.tensor("token_embd.weight", 0, &[8, 4], vec![0; 4 * 32]);
        Self { folder: tempfile::tempdir().unwrap(), builder }
    }

    fn path(&self) -> PathBuf {
        let path = self.folder.path().join(FILE);
        std::fs::write(&path, self.builder.bytes()).unwrap();
        path
    }

    fn read(&self) -> Result<Architecture, ModelError> {
        Architecture::read(&self.path())
    }
}

#[test]
fn what_metadata_leave_out_is_as_in_llama_cpp() {
    let architecture = Metadata::new().read().unwrap();
    let Architecture { heads, kv_heads, head_dim, vocab_size, tied_head, .. } = architecture;
    assert_eq!((heads, kv_heads, head_dim, vocab_size, tied_head), (2, 2, 4, 4, true));
    assert_eq!((architecture.rope.theta, &architecture.rope.scaling), (10_000.0, &RopeScaling::Default));
    assert_eq!(architecture.windows, [None]);
    assert!(!architecture.qkv_bias && !architecture.mlp_bias);
}

#[test]
fn rope_scaling_of_metadata_is_that_of_configs() {
    let mut file = Metadata::new();
    file.builder.set("llama.rope.scaling.type", "yarn").set("llama.rope.scaling.factor", 4f32);
    file.builder.set("llama.rope.scaling.original_context_length", 16u32);
    let RopeScaling::Yarn(yarn) = file.read().unwrap().rope.scaling else { panic!("no YaRN") };
    let of_factor = 0.1 * 4f64.ln() + 1.0;
    assert_eq!((yarn.factor, yarn.original_max_positions, yarn.attention_factor), (4.0, 16, of_factor));
    file.builder.set("llama.rope.scaling.attn_factor", 0.5f32);
    let RopeScaling::Yarn(yarn) = file.read().unwrap().rope.scaling else { panic!("no YaRN") };
    assert_eq!(yarn.attention_factor, 0.5 * of_factor);
    file.builder.set("llama.rope.scaling.type", "linear");
    assert_eq!(file.read().unwrap().rope.scaling, RopeScaling::Linear { factor: 4.0 });
    file.builder.set("llama.rope.scaling.type", "none");
    assert_eq!(file.read().unwrap().rope.scaling, RopeScaling::Default);
}

#[test]
fn metadata_that_are_wrong_or_not_supported_are_named() {
    let cases: [(&str, fn(&mut GgufBuilder), &str, &str); 14] = [
        ("architecture", |file| drop(file.set("general.architecture", "mamba")), "unsupported_architecture", "mamba"),
        ("none", |file| drop(file.remove("general.architecture")), "damaged_file", "general.architecture: is missing"),
        ("number", |file| drop(file.set("general.architecture", 3u32)), "damaged_file", "general.architecture: expected a text"),
        ("size", |file| drop(file.remove("llama.embedding_length")), "damaged_file", "llama.embedding_length: is missing"),
        ("huge", |file| drop(file.set("llama.embedding_length", u64::MAX)), "damaged_file", "llama.embedding_length: expected"),
        ("layers", |file| drop(file.set("llama.block_count", 0u32)), "damaged_file", "llama.block_count: expected"),
        ("per layer", |file| drop(file.set("llama.feed_forward_length", &[8u32, 8][..])), "damaged_file", "llama.feed_forward_length: expected a whole number, found an array"),
        ("heads", |file| drop(file.set("llama.attention.head_count", 0u32)), "damaged_file", "llama.attention.head_count: expected"),
        ("epsilon", |file| drop(file.set("llama.attention.layer_norm_rms_epsilon", f32::NAN)), "damaged_file", "llama.attention.layer_norm_rms_epsilon"),
        ("theta", |file| drop(file.set("llama.rope.freq_base", -1f32)), "damaged_file", "llama.rope.freq_base: expected"),
        ("partial", |file| drop(file.set("llama.rope.dimension_count", 2u32)), "unsupported_feature", "llama.rope.dimension_count = 0.5"),
        ("values", |file| drop(file.set("llama.attention.value_length", 2u32)), "unsupported_feature", "llama.attention.value_length = 2"),
        ("scaling", |file| drop(file.set("llama.rope.scaling.type", "longrope")), "unsupported_feature", "llama.rope.scaling.type = longrope"),
        ("factor", |file| drop(file.set("llama.rope.scaling.type", "yarn")), "damaged_file", "llama.rope.scaling.factor: is missing"),
    ];
    for (what, change, code, named) in cases {
        let mut file = Metadata::new();
        change(&mut file.builder);
        let error = file.read().expect_err(what);
        assert_names(&error, code, &[named]);
    }
    let mut file = Metadata::new();
    file.builder.tensor("rope_freqs.weight", 0, &[2], [0f32.to_le_bytes(), 1f32.to_le_bytes()].concat());
    assert_names(&file.read().unwrap_err(), "damaged_file", &[FILE, "rope_freqs.weight: 0 at 0"]);
    assert_names(&refusal(&Metadata::new().path()), "missing_tensor", &[FILE, "model.layers.0."]);
}
