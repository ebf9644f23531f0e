//! Models with experts: who goes through which, whatever shares the batch, and what of their files is missing.

use conduit_backend::{Bucket, DType, Model, Quantization};
use conduit_backend_cpu::{CpuBackend, CpuOptions, Isa};
use conduit_models::{ByteProgress, LoadOptions, WeightFiles, load};
use conduit_testkit::golden::Golden;
use conduit_testkit::runner::Runner;
use serde_json::json;

use crate::folder_copy::{FolderCopy, assert_names};

const ALL: [&str; 6] = [
    "mixtral",
    "qwen3-moe",
    "qwen3-moe-bf16",
    "qwen3-moe-fp8-block",
    "qwen3-moe-gptq",
    "qwen3-moe-unnormalised",
];

fn runner(golden: &Golden, isa: Isa, threads: usize) -> Runner<CpuBackend> {
    let backend = CpuBackend::new(CpuOptions { threads: threads.try_into().ok(), isa: Some(isa) }).unwrap();
    golden.runner(backend, golden.architecture()).unwrap()
}

/// A runner with room for steps of so many tokens and no more.
fn tight_runner(
    golden: &Golden,
    quantization: Option<Quantization>,
    (isa, threads): (Isa, usize),
    tokens: usize,
) -> Runner<CpuBackend> {
    let backend = CpuBackend::new(CpuOptions { threads: threads.try_into().ok(), isa: Some(isa) }).unwrap();
    let options = LoadOptions { max_model_len: 64, quantization, kv_dtype: None };
    let bucket = Bucket { max_tokens: tokens, max_rows: tokens };
    let model = |backend: &CpuBackend| load(backend, &golden.folder, options, &ByteProgress::default());
    Runner::new(backend, 4, bucket, model).unwrap()
}

fn assert_alone_as_in_a_batch(golden: &Golden, quantization: Option<Quantization>, isa: Isa) {
    let prompts: Vec<_> = (0..33).map(|first| &golden.input_ids[first..][..1]).collect();
    let mut alone = tight_runner(golden, quantization, (isa, 1), 1);
    let mut row = |prompt: &[u32]| {
        let mut sequence = alone.sequence();
        alone.logits(&mut [(&mut sequence, prompt)]).remove(0)
    };
    let expected: Vec<_> = prompts.iter().map(|prompt| row(prompt)).collect();
    for threads in [1, 3] {
        let mut runner = tight_runner(golden, quantization, (isa, threads), prompts.len());
        let mut sequences: Vec<_> = prompts.iter().map(|_| runner.sequence()).collect();
        let mut parts: Vec<_> = sequences.iter_mut().zip(prompts.iter().copied()).collect();
        let batch = runner.logits(&mut parts);
        assert!(batch == expected, "{} {} {quantization:?}, {threads} threads", golden.name, isa.name());
    }
}

#[test]
fn a_row_alone_gives_the_same_bits_as_in_a_batch_of_33() {
    for isa in Isa::available() {
        for golden in ALL.map(Golden::named) {
            assert_alone_as_in_a_batch(&golden, None, isa);
        }
        for golden in ["mixtral", "qwen3-moe", "qwen3-moe-unnormalised"].map(Golden::named) {
            for quantization in Quantization::ALL {
                assert_alone_as_in_a_batch(&golden, Some(quantization), isa);
            }
        }
    }
}

/// What a model takes, whichever of the two ways its experts are stored.
#[test]
fn experts_in_one_tensor_are_those_that_stand_alone() {
    let golden = Golden::named("qwen3-moe-unnormalised");
    let mixture = golden.architecture().mixture.unwrap();
    let (inner, hidden) = (mixture.intermediate_size, golden.architecture().hidden_size);
    let files = WeightFiles::open(&golden.folder).unwrap();
    let block = "model.layers.1.mlp.experts";
    let tensor =
        |part: &str, shape: [usize; 3]| files.tensor(&format!("{block}.{part}"), &shape).unwrap().data;
    let gate_up = tensor("gate_up_proj", [mixture.experts, 2 * inner, hidden]);
    let down = tensor("down_proj", [mixture.experts, hidden, inner]);

    let copy = FolderCopy::of(&golden.name, "alone");
    copy.change_header(|header| {
        for part in ["gate_up_proj", "down_proj"] {
            let tensor = header.as_object_mut().unwrap().remove(&format!("{block}.{part}")).unwrap();
            header[format!("unused.{part}")] = tensor;
        }
    });
    let bytes = inner * hidden * 4;
    for expert in 0..mixture.experts {
        let add = |part: &str, shape: [usize; 2], bytes: &[u8]| {
            copy.add_tensor(&format!("{block}.{expert}.{part}.weight"), "F32", &shape, bytes);
        };
        let (gate, up) = gate_up[2 * expert * bytes..][..2 * bytes].split_at(bytes);
        add("gate_proj", [inner, hidden], gate);
        add("up_proj", [inner, hidden], up);
        add("down_proj", [hidden, inner], &down[expert * bytes..][..bytes]);
    }
    let logits = |folder: &Golden| {
        let mut runner = runner(folder, Isa::available()[0], 2);
        let mut sequence = runner.sequence();
        runner.logits(&mut [(&mut sequence, &golden.input_ids)])
    };
    let copied = Golden { folder: copy.0.clone(), ..Golden::named(&golden.name) };
    assert!(logits(&golden) == logits(&copied));
}

#[test]
fn an_expert_that_is_missing_or_of_another_shape_is_named() {
    const DOWN: &str = "model.layers.0.mlp.experts.3.down_proj";
    let copy = FolderCopy::of("qwen3-moe-gptq", "missing-expert");
    copy.change_header(|header| {
        let tensor = header.as_object_mut().unwrap().remove(&format!("{DOWN}.scales")).unwrap();
        header["elsewhere"] = tensor;
    });
    assert_names(&copy.error(), "missing_tensor", &["model.safetensors", &format!("{DOWN}.scales")]);

    let copy = FolderCopy::of("mixtral", "more-experts");
    copy.change_config(|config| config["num_local_experts"] = json!(5));
    let names = ["model.safetensors", "model.layers.0.block_sparse_moe.gate.weight", "[4, 32]", "[5, 32]"];
    assert_names(&copy.error(), "wrong_shape", &names);

    let copy = FolderCopy::of("qwen3-moe-unnormalised", "fewer-experts");
    copy.change_header(|header| header["model.layers.1.mlp.experts.down_proj"]["shape"] = json!([8, 24, 32]));
    let names = ["model.safetensors", "model.layers.1.mlp.experts.down_proj", "[8, 24, 32]", "[8, 32, 24]"];
    assert_names(&copy.error(), "wrong_shape", &names);

    let copy = FolderCopy::of("qwen3-moe-unnormalised", "no-router");
    copy.change_header(|header| {
        let tensor = header.as_object_mut().unwrap().remove("model.layers.1.mlp.gate.weight").unwrap();
        header["elsewhere"] = tensor;
    });
    assert_names(&copy.error(), "missing_tensor", &["model.layers.1.mlp.gate.weight"]);
}

#[test]
fn experts_that_cannot_be_are_refused_by_their_config() {
    for (purpose, key, value, names) in [
        ("too-many", "num_experts_per_tok", json!(7), "7 of 6 experts"),
        ("none", "num_experts", json!(0), "num_experts"),
        ("layer", "mlp_only_layers", json!([9]), "mlp_only_layers"),
    ] {
        let copy = FolderCopy::of("qwen3-moe", &format!("experts-{purpose}"));
        copy.change_config(|config| config[key] = value);
        assert_names(&copy.error(), "invalid_config", &[names]);
    }
}

#[test]
fn each_scale_of_an_expert_matters() {
    for (golden, scales) in [("qwen3-moe-fp8-block", "weight_scale_inv"), ("qwen3-moe-gptq", "scales")] {
        let golden = Golden::named(golden);
        for part in ["gate_proj", "up_proj", "down_proj"] {
            let copy = FolderCopy::of(&golden.name, &format!("scale-of-{part}"));
            copy.change_tensor(&format!("model.layers.0.mlp.experts.2.{part}.{scales}"), |bytes| {
                *bytes.last_mut().unwrap() ^= 0x80;
            });
            let copied = Golden { folder: copy.0.clone(), ..Golden::named(&golden.name) };
            let mut runner = runner(&copied, Isa::available()[0], 2);
            let mut sequence = runner.sequence();
            let difference = golden.difference(&runner.logits(&mut [(&mut sequence, &golden.input_ids)]));
            assert!(difference > golden.tolerance(), "{} {part}: {difference:.1e}", golden.name);
        }
    }
}

/// The router's choice is discrete: what is quantised on load are the experts.
#[test]
fn quantisation_on_load_covers_experts_and_leaves_routers() {
    let golden = Golden::named("mixtral");
    let architecture = golden.architecture();
    let mixture = architecture.mixture.clone().unwrap();
    for (quantization, group_bytes) in [(Quantization::Int8, 34), (Quantization::Int4, 18)] {
        let backend = CpuBackend::new(CpuOptions::default()).unwrap();
        let options = LoadOptions { max_model_len: 64, quantization: Some(quantization), kv_dtype: None };
        let decoder = load(&backend, &golden.folder, options, &ByteProgress::default()).unwrap();
        let (hidden, inner) = (architecture.hidden_size, mixture.intermediate_size);
        // In strips of 16 outputs and groups of 32 inputs.
        let bytes = |outputs: usize, inputs: usize, group_bytes: usize| {
            outputs.next_multiple_of(16) * inputs.div_ceil(32) * group_bytes
        };
        let queries = architecture.heads * architecture.head_dim;
        let keys = architecture.kv_heads * architecture.head_dim;
        let attention = bytes(queries, hidden, group_bytes)
            + 2 * bytes(keys, hidden, group_bytes)
            + bytes(hidden, queries, group_bytes);
        let expert = 2 * bytes(inner, hidden, group_bytes) + bytes(hidden, inner, group_bytes);
        let layers = architecture.layers * (attention + mixture.experts * expert);
        let table = bytes(architecture.vocab_size, hidden, 34);
        assert_eq!(decoder.weight_bytes(), (layers + table) as u64, "{quantization}");
    }
}

#[test]
fn experts_are_used_where_their_file_is_mapped() {
    let golden = Golden::named("qwen3-moe-bf16");
    assert_eq!(golden.architecture().dtype, Some(DType::BF16));
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let decoder = golden.decoder(&backend, golden.architecture()).unwrap();
    assert_eq!(decoder.weight_bytes(), 0);
}
