//! Weights that their publisher quantised: what a format says matters to its golden, and what is damaged is named.

use conduit_backend::{Model, Quantization};
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{Architecture, ByteProgress, LoadOptions, Prequantization, WeightFiles, load};
use conduit_testkit::golden::Golden;
use conduit_testkit::model::{PublishedFormat, TinyModel};
use serde_json::json;

use crate::folder_copy::{FolderCopy, assert_names};

/// How far a fault must move the logits at some position: far above the tolerance.
const VISIBLE: f64 = 0.04;

/// A layer of every golden.
const UP: &str = "model.layers.1.mlp.up_proj";

fn difference(golden: &Golden, architecture: Architecture) -> f64 {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let mut runner = golden.runner(backend, architecture).unwrap();
    let mut sequence = runner.sequence();
    golden.difference(&runner.logits(&mut [(&mut sequence, &golden.input_ids)]))
}

/// The difference of a copy whose file was changed.
fn difference_of_copy(golden: &Golden, copy: &FolderCopy) -> f64 {
    let copied = Golden { folder: copy.0.clone(), ..Golden::named(&golden.name) };
    difference(&copied, golden.architecture())
}

#[test]
fn gptq_stores_zero_points_minus_one_in_its_first_version_alone() {
    for name in ["gptq-act-order", "gptq-v2-whole-rows"] {
        let golden = Golden::named(name);
        let mut architecture = golden.architecture();
        let Some(Prequantization::Gptq { zero_points_less_one, .. }) = &mut architecture.prequantization
        else {
            panic!("{:?}", architecture.prequantization);
        };
        *zero_points_less_one = !*zero_points_less_one;
        assert!(difference(&golden, architecture) > VISIBLE, "{name}");
    }
}

#[test]
fn g_idx_says_which_group_an_input_is_in() {
    let golden = Golden::named("gptq-act-order");
    let copy = FolderCopy::of("gptq-act-order", "g-idx");
    copy.change_tensor(&format!("{UP}.g_idx"), |groups| {
        for (feature, group) in groups.chunks_exact_mut(4).enumerate() {
            group.copy_from_slice(&(feature as i32 / 32).to_le_bytes());
        }
    });
    assert!(difference_of_copy(&golden, &copy) > VISIBLE);
}

#[test]
fn a_g_idx_of_zeros_is_no_order_where_the_config_has_none() {
    let golden = Golden::named("gptq-act-order");
    let expected = FolderCopy::of("gptq-act-order", "g-idx-in-order");
    let zeros = FolderCopy::of("gptq-act-order", "g-idx-zeros");
    for (copy, is_in_order) in [(&expected, true), (&zeros, false)] {
        copy.change_config(|config| config["quantization_config"]["desc_act"] = json!(false));
        for layer in 0..2 {
            for part in [
                "self_attn.q_proj",
                "self_attn.k_proj",
                "self_attn.v_proj",
                "self_attn.o_proj",
                "mlp.gate_proj",
                "mlp.up_proj",
                "mlp.down_proj",
            ] {
                copy.change_tensor(&format!("model.layers.{layer}.{part}.g_idx"), |groups| {
                    for (feature, group) in groups.chunks_exact_mut(4).enumerate() {
                        let in_order = if is_in_order { feature as i32 / 32 } else { 0 };
                        group.copy_from_slice(&in_order.to_le_bytes());
                    }
                });
            }
        }
    }
    let logits = |copy: &FolderCopy| {
        let golden = Golden { folder: copy.0.clone(), ..Golden::named(&golden.name) };
        let backend = CpuBackend::new(CpuOptions::default()).unwrap();
        let mut runner = golden.runner(backend, Architecture::read(&copy.0).unwrap()).unwrap();
        let mut sequence = runner.sequence();
        runner.logits(&mut [(&mut sequence, &golden.input_ids)])
    };
    assert!(logits(&expected) == logits(&zeros));
}

#[test]
fn random_models_are_stored_as_publishers_do() {
    for format in [PublishedFormat::Fp8, PublishedFormat::Gptq, PublishedFormat::Awq] {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("model");
        let model = TinyModel { published_format: Some(format), merges: 20, ..TinyModel::default() };
        model.write(&folder).unwrap();
        let backend = CpuBackend::new(CpuOptions::default()).unwrap();
        let options = LoadOptions { max_model_len: 64, quantization: None, kv_dtype: None };
        let decoder = load(&backend, &folder, options, &ByteProgress::default()).unwrap();
        // Norms and the embedding stay in their file.
        let quantised = 4 * (128 * (128 + 64 + 64 + 128) + 3 * 128 * 384);
        let bytes = if format == PublishedFormat::Fp8 { quantised } else { quantised / 2 };
        assert!(decoder.weight_bytes() >= bytes && decoder.weight_bytes() < bytes * 11 / 10, "{format:?}");
    }
}

#[test]
fn zero_points_of_an_asymmetric_format_are_read() {
    let golden = Golden::named("packed-int4");
    let mut architecture = golden.architecture();
    architecture.prequantization =
        Some(Prequantization::PackedInt4 { group_size: Some(32), is_symmetric: true });
    assert!(difference(&golden, architecture) > VISIBLE);

    let golden = Golden::named("awq");
    let copy = FolderCopy::of("awq", "zero-points");
    copy.change_tensor(&format!("{UP}.qzeros"), |bytes| {
        // The neighbours that AWQ interleaves, put in order.
        bytes.chunks_exact_mut(4).for_each(|word| word.swap(1, 2));
    });
    assert!(difference_of_copy(&golden, &copy) > VISIBLE);
}

#[test]
fn every_scale_matters() {
    for golden in Golden::quantized() {
        let copy = FolderCopy::of(&golden.name, "scales");
        let files = WeightFiles::open(&golden.folder).unwrap();
        let name = ["weight_scale", "weight_scale_inv", "scales"].map(|part| format!("{UP}.{part}"));
        // Where the shape is another one, the error says so: it is there.
        let is_there =
            |name: &&String| files.tensor(name, &[]).is_err_and(|error| error.code() == "wrong_shape");
        let name = name.iter().find(is_there).unwrap();
        copy.change_tensor(name, |bytes| {
            // The last one, whose sign is in its last bit whatever its type.
            *bytes.last_mut().unwrap() ^= 0x80;
        });
        assert!(difference_of_copy(&golden, &copy) > golden.tolerance(), "{}", golden.name);
    }
}

#[test]
fn a_layer_that_was_left_as_it_is_may_be_named_or_not() {
    let golden = Golden::named("fp8-block");
    let copy = FolderCopy::of("fp8-block", "kept");
    copy.change_config(|config| {
        config["quantization_config"].as_object_mut().unwrap().remove("modules_to_not_convert");
    });
    let architecture = Architecture::read(&copy.0).unwrap();
    assert_eq!(architecture, golden.architecture());
    let files = WeightFiles::open(&golden.folder).unwrap();
    assert!(files.tensor("model.layers.0.mlp.down_proj.weight", &[136, 144]).is_ok());
    let error = files.tensor("model.layers.1.mlp.down_proj.weight", &[136, 144]).unwrap_err();
    assert_names(&error, "unsupported_dtype", &["F8_E4M3", "model.layers.1.mlp.down_proj.weight"]);
}

#[test]
fn a_plain_weight_beside_scales_is_not_one_that_was_left_as_it_is() {
    const KEPT: &str = "model.layers.0.mlp.down_proj";
    let copy = FolderCopy::of("fp8-block", "kept-with-scales");
    copy.change_header(|header| {
        let scales = header.as_object_mut().unwrap().remove(&format!("{UP}.weight_scale_inv")).unwrap();
        header[format!("{KEPT}.weight_scale_inv")] = scales;
    });
    let names = ["model.safetensors", &format!("{KEPT}.weight_scale_inv"), "no weight in fp8"];
    assert_names(&copy.error(), "damaged_file", &names);
}

#[test]
fn an_order_that_compressed_tensors_left_empty_is_none() {
    let golden = Golden::named("packed-int4");
    let files = WeightFiles::open(&golden.folder).unwrap();
    let name = format!("{UP}.weight_g_idx");
    assert_eq!(files.tensor(&name, &[]).unwrap_err().code(), "missing_tensor");
    for (group, is_taken) in [(-1i32, true), (-2, false)] {
        let copy = FolderCopy::of("packed-int4", &format!("empty-order-{group}"));
        copy.add_tensor(&name, "I32", &[64], &group.to_le_bytes().repeat(64));
        match is_taken {
            true => assert!(difference_of_copy(&golden, &copy) <= golden.tolerance()),
            false => assert_names(&copy.error(), "damaged_file", &[&name, "group -2 of 2"]),
        }
    }
}

#[test]
fn fp8_without_a_config_is_refused() {
    let copy = FolderCopy::of("fp8-tensor", "no-config");
    copy.change_config(|config| drop(config.as_object_mut().unwrap().remove("quantization_config")));
    assert_names(&copy.error(), "unsupported_dtype", &["model.safetensors", "q_proj.weight", "F8_E4M3"]);
}

#[test]
fn what_is_quantised_already_is_not_quantised_again() {
    let golden = Golden::named("awq");
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let options = LoadOptions { max_model_len: 64, quantization: Some(Quantization::Int8), kv_dtype: None };
    let error = load(&backend, &golden.folder, options, &ByteProgress::default()).err().unwrap();
    assert_names(&error, "unsupported_feature", &["quantization_config", "awq with quantization = int8"]);
}

#[test]
fn progress_counts_all_bytes_of_quantised_weights() {
    // The others have tensors that are small and not counted, or not used.
    for golden in ["fp8-block", "fp8-channel", "awq"].map(Golden::named) {
        let backend = CpuBackend::new(CpuOptions::default()).unwrap();
        let progress = ByteProgress::default();
        let options = LoadOptions { max_model_len: 64, quantization: None, kv_dtype: None };
        load(&backend, &golden.folder, options, &progress).unwrap();
        assert!(!progress.age().is_zero() && progress.under_way().is_none(), "{}", golden.name);
    }
}

#[test]
fn scales_and_numbers_that_are_no_numbers_are_damage() {
    let copy = FolderCopy::of("fp8-block", "nan-scale");
    let scales = format!("{UP}.weight_scale_inv");
    copy.change_tensor(&scales, |bytes| bytes[4..8].copy_from_slice(&f32::NAN.to_le_bytes()));
    assert_names(&copy.error(), "damaged_file", &["model.safetensors", &scales, "at 1 is not finite"]);

    let copy = FolderCopy::of("gptq-act-order", "infinite-scale");
    let scales = format!("{UP}.scales");
    copy.change_tensor(&scales, |bytes| bytes[..2].copy_from_slice(&[0x00, 0x7C]));
    assert_names(&copy.error(), "damaged_file", &["model.safetensors", &scales, "at 0 is not finite"]);

    let copy = FolderCopy::of("fp8-channel", "nan-weight");
    let weight = format!("{UP}.weight");
    copy.change_tensor(&weight, |bytes| bytes[17] = 0xFF);
    assert_names(&copy.error(), "damaged_file", &["model.safetensors", &weight, "NaN"]);
}

#[test]
fn groups_that_are_not_there_or_too_full_are_damage() {
    for (group, what) in
        [(-1, "group -1 of 2"), (2, "group 2 of 2"), (i32::MAX, "of 2"), (0, "more input features")]
    {
        let copy = FolderCopy::of("gptq-act-order", &format!("group-{group}"));
        let groups = format!("{UP}.g_idx");
        copy.change_tensor(&groups, |bytes| {
            bytes.chunks_exact_mut(4).for_each(|word| word.copy_from_slice(&group.to_le_bytes()));
        });
        assert_names(&copy.error(), "damaged_file", &["model.safetensors", &groups, what]);
    }
}

#[test]
fn tensors_that_do_not_go_together_are_named() {
    let missing = [
        ("fp8-block", "weight_scale_inv", "weight_scale"),
        ("fp8-tensor", "weight_scale", "weight_scale"),
        ("fp8-block", "weight", "weight"),
        ("gptq-act-order", "scales", "scales"),
        ("gptq-act-order", "qzeros", "qzeros"),
        ("awq", "qzeros", "qzeros"),
        ("packed-int4", "weight_zero_point", "weight_zero_point"),
    ];
    for (golden, part, named) in missing {
        let copy = FolderCopy::of(golden, &format!("missing-{part}"));
        copy.change_header(|header| {
            let tensor = header.as_object_mut().unwrap().remove(&format!("{UP}.{part}")).unwrap();
            header["elsewhere"] = tensor;
        });
        assert_names(&copy.error(), "missing_tensor", &["model.safetensors", &format!("{UP}.{named}")]);
    }
    for (golden, part, scales, format) in [
        ("awq", "qweight", "scales", "awq"),
        ("gptq-act-order", "qweight", "scales", "gptq"),
        ("packed-int4", "weight_packed", "weight_scale", "pack-quantized"),
    ] {
        let copy = FolderCopy::of(golden, &format!("scales-without-{part}"));
        copy.change_header(|header| {
            let tensor = header.as_object_mut().unwrap().remove(&format!("{UP}.{part}")).unwrap();
            header["elsewhere"] = tensor;
        });
        let named = format!("{UP}.{scales}");
        let what = format!("no weight in {format}");
        assert_names(&copy.error(), "damaged_file", &["model.safetensors", &named, &what]);
    }
    for (golden, part, shape, expected) in [
        ("fp8-block", "weight_scale_inv", json!([4]), "[2, 2]"),
        ("fp8-channel", "weight_scale", json!([2, 48]), "[96, 1]"),
        ("gptq-act-order", "qweight", json!([96, 8]), "[8, 96]"),
        ("gptq-act-order", "scales", json!([96, 2]), "[2, 96]"),
        ("awq", "qweight", json!([12, 64]), "[64, 12]"),
        ("packed-int4", "weight_zero_point", json!([2, 12]), "[12, 2]"),
    ] {
        let copy = FolderCopy::of(golden, &format!("shape-{part}"));
        copy.change_header(|header| header[format!("{UP}.{part}")]["shape"] = shape);
        assert_names(&copy.error(), "wrong_shape", &["model.safetensors", &format!("{UP}.{part}"), expected]);
    }
    for (golden, part, dtype, supported) in [
        ("gptq-act-order", "qweight", "F32", "I32"),
        ("gptq-act-order", "g_idx", "F32", "I32"),
        ("gptq-act-order", "scales", "I16", "F32, F16, BF16"),
        ("fp8-block", "weight_scale_inv", "I32", "F32, F16, BF16"),
    ] {
        let copy = FolderCopy::of(golden, &format!("dtype-{part}"));
        copy.change_header(|header| header[format!("{UP}.{part}")]["dtype"] = json!(dtype));
        let names = ["model.safetensors", &format!("{UP}.{part}"), dtype, supported];
        assert_names(&copy.error(), "unsupported_dtype", &names);
    }
}
