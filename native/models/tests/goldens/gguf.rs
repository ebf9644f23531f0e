//! GGUF files: what a file says matters to its golden, and what is damaged or not supported is named.

use conduit_backend::{KvDType, Model, Quantization, RotaryStyle};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{Architecture, ByteProgress, LoadOptions, RopeScaling, load};
use conduit_testkit::golden::Golden;

use crate::folder_copy::{FolderCopy, assert_names};

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
fn loaded(golden: &str) -> (KvDType, u64) {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let progress = ByteProgress::default();
    let options = LoadOptions { max_model_len: 64, quantization: None, kv_dtype: None };
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
        let dtype = if name == "mistral-split" { KvDType::F16 } else { KvDType::BF16 };
        assert_eq!(loaded(name), (dtype, 0), "{name}");
    }
    assert_eq!(loaded("llama-dense"), (KvDType::F32, 0));
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
    assert_names(&copy.error(), "missing_tensor", &[FILE, name]);
    let copy = changed("qwen3-q4_k_m", "shape", |bytes| {
        let at = behind(bytes, name) + 4 + 8;
        bytes[at..at + 8].copy_from_slice(&255u64.to_le_bytes());
    });
    assert_names(&copy.error(), "wrong_shape", &[FILE, name, "[255, 256]", "[256, 256]"]);
}

#[test]
fn blocks_are_not_quantised_again() {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let options = LoadOptions { max_model_len: 64, quantization: Some(Quantization::Int8), kv_dtype: None };
    let load = |name: &str| load(&backend, &Golden::named(name).folder, options, &ByteProgress::default());
    let error = load("llama-q8_0").err().unwrap();
    assert_names(&error, "unsupported_feature", &[FILE, "quantization = int8 of Q8_0"]);
    load("llama-dense").unwrap();
}
