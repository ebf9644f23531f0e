//! What is particular to a family, beyond its logits.

use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::Architecture;
use conduit_testkit::golden::Golden;
use conduit_testkit::runner::Runner;
use serde_json::Value;

use crate::folder_copy::{FolderCopy, assert_names};

fn runner(golden: &Golden) -> Runner<CpuBackend> {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    golden.runner(backend, golden.architecture()).unwrap()
}

fn difference(golden: &Golden) -> f64 {
    let mut runner = runner(golden);
    let mut sequence = runner.sequence();
    golden.difference(&runner.logits(&mut [(&mut sequence, &golden.input_ids)]))
}

#[test]
fn longrope_never_mixes_its_factors_with_keys_already_cached() {
    let golden = Golden::named("phi3-longrope-long");
    const ORIGINAL: usize = 64;
    // All of these fit the original context, whose factors would do for them alone.
    let (start, end) = golden.input_ids.split_at(ORIGINAL - 4);
    let mut long = runner(&golden);
    let mut sequence = long.sequence();
    let started = long.logits(&mut [(&mut sequence, start)]);
    let mut logits = started.clone();
    for token in end.chunks(1) {
        logits.extend(long.logits(&mut [(&mut sequence, token)]));
    }
    assert!(golden.difference(&logits) <= golden.tolerance());

    // The length that the model is to serve decides, and not that of a sequence.
    let of_length = |max_model_len| {
        let mut runner =
            runner(&Golden { max_model_len: Some(max_model_len), ..Golden::named(&golden.name) });
        let mut sequence = runner.sequence();
        runner.logits(&mut [(&mut sequence, start)])
    };
    assert!(of_length(ORIGINAL + 1) == started);
    assert!(of_length(ORIGINAL) != started);
}

#[test]
fn layers_that_slide_and_layers_that_do_not_have_caches_of_their_own() {
    for (name, expected) in [
        ("gemma2", vec![(Some(24), 2), (None, 1)]),
        ("gemma3", vec![(Some(24), 2), (None, 1)]),
        ("gemma3-conditional", vec![(None, 1), (Some(24), 1)]),
        ("smollm3", vec![(None, 2), (Some(32), 1)]),
        ("phi3", vec![(Some(40), 2)]),
    ] {
        let runner = runner(&Golden::named(name));
        let groups: Vec<_> = runner.kv_groups().iter().map(|group| (group.window, group.layers)).collect();
        assert_eq!(groups, expected, "{name}");
    }
}

/// transformers has saved models of text and images under both names.
#[test]
fn the_text_of_a_model_of_text_and_images_is_found_by_either_name() {
    let golden = Golden::named("gemma3-conditional");
    let copy = FolderCopy::of(&golden.name, "renamed");
    copy.change_header(|header| {
        let tensors = std::mem::take(header.as_object_mut().unwrap());
        let renamed = |name: String| match name.strip_prefix("language_model.model.") {
            Some(inner) => format!("model.language_model.{inner}"),
            None => name,
        };
        *header = Value::Object(tensors.into_iter().map(|(name, info)| (renamed(name), info)).collect());
    });
    let renamed = Golden { folder: copy.0.clone(), ..Golden::named(&golden.name) };
    assert!(difference(&renamed) <= golden.tolerance());

    copy.change_header(|header| {
        let tensors = header.as_object_mut().unwrap();
        tensors.remove("model.language_model.norm.weight").unwrap();
    });
    // The data of the tensor that went is still there.
    assert_names(&copy.error(), "damaged_file", &["model.safetensors"]);
}

#[test]
fn tensors_that_are_for_images_are_left_alone() {
    let golden = Golden::named("gemma3-conditional");
    let files = conduit_models::WeightFiles::open(&golden.folder).unwrap();
    assert!(files.tensor("vision_tower.vision_model.post_layernorm.weight", &[8]).is_ok());
    let bytes = std::fs::metadata(golden.folder.join("model.safetensors")).unwrap().len();
    let progress = conduit_models::ByteProgress::default();
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let options = conduit_models::LoadOptions { max_model_len: 64, quantization: None, kv_dtype: None };
    conduit_models::load(&backend, &golden.folder, options, &progress).unwrap();
    assert!(progress.under_way().is_none() && files.tensor_bytes() < bytes - 32);
}

#[test]
fn the_parts_of_a_fused_tensor_have_to_be_there_together() {
    let copy = FolderCopy::of("phi3", "shape");
    copy.change_config(|config| config["num_key_value_heads"] = 4.into());
    let names = ["model.safetensors", "model.layers.0.self_attn.qkv_proj.weight", "[64, 32]", "[96, 32]"];
    assert_names(&copy.error(), "wrong_shape", &names);
    let Architecture { fused_tensors, .. } = Golden::named("phi3").architecture();
    assert!(fused_tensors);
}
