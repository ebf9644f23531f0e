//! What the metadata of GGUF files say of an architecture, and what of that is refused.

use std::path::PathBuf;

use conduit_models::{Architecture, ModelError, RopeScaling};
use conduit_testkit::gguf::GgufBuilder;

use crate::folder_copy::{assert_names, refusal};

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
        let path = self.folder.path().join("model.gguf");
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
    type Change = fn(&mut GgufBuilder);
    let cases: [(&str, Change, &str, &str); 14] = [
        (
            "architecture",
            |file| {
                file.set("general.architecture", "mamba");
            },
            "unsupported_architecture",
            "mamba",
        ),
        (
            "none",
            |file| {
                file.remove("general.architecture");
            },
            "damaged_file",
            "general.architecture: is missing",
        ),
        (
            "number",
            |file| {
                file.set("general.architecture", 3u32);
            },
            "damaged_file",
            "general.architecture: expected a text",
        ),
        (
            "size",
            |file| {
                file.remove("llama.embedding_length");
            },
            "damaged_file",
            "llama.embedding_length: is missing",
        ),
        (
            "huge",
            |file| {
                file.set("llama.embedding_length", u64::MAX);
            },
            "damaged_file",
            "llama.embedding_length: expected",
        ),
        (
            "layers",
            |file| {
                file.set("llama.block_count", 0u32);
            },
            "damaged_file",
            "llama.block_count: expected",
        ),
        (
            "per layer",
            |file| {
                file.set("llama.feed_forward_length", &[8u32, 8][..]);
            },
            "damaged_file",
            "llama.feed_forward_length: expected a whole number, found an array",
        ),
        (
            "heads",
            |file| {
                file.set("llama.attention.head_count", 0u32);
            },
            "damaged_file",
            "llama.attention.head_count: expected",
        ),
        (
            "epsilon",
            |file| {
                file.set("llama.attention.layer_norm_rms_epsilon", f32::NAN);
            },
            "damaged_file",
            "llama.attention.layer_norm_rms_epsilon",
        ),
        (
            "theta",
            |file| {
                file.set("llama.rope.freq_base", -1f32);
            },
            "damaged_file",
            "llama.rope.freq_base: expected",
        ),
        (
            "partial",
            |file| {
                file.set("llama.rope.dimension_count", 2u32);
            },
            "unsupported_feature",
            "llama.rope.dimension_count = 0.5",
        ),
        (
            "values",
            |file| {
                file.set("llama.attention.value_length", 2u32);
            },
            "unsupported_feature",
            "llama.attention.value_length = 2",
        ),
        (
            "scaling",
            |file| {
                file.set("llama.rope.scaling.type", "longrope");
            },
            "unsupported_feature",
            "llama.rope.scaling.type = longrope",
        ),
        (
            "factor",
            |file| {
                file.set("llama.rope.scaling.type", "yarn");
            },
            "damaged_file",
            "llama.rope.scaling.factor: is missing",
        ),
    ];
    for (what, change, code, named) in cases {
        let mut file = Metadata::new();
        change(&mut file.builder);
        let error = file.read().expect_err(what);
        assert_names(&error, code, &[named]);
    }
    let mut file = Metadata::new();
    file.builder.tensor("rope_freqs.weight", 0, &[2], [0f32.to_le_bytes(), 1f32.to_le_bytes()].concat());
    assert_names(&file.read().unwrap_err(), "damaged_file", &["model.gguf", "rope_freqs.weight: 0 at 0"]);
    assert_names(&refusal(&Metadata::new().path()), "missing_tensor", &["model.gguf", "output_norm.weight"]);
}
