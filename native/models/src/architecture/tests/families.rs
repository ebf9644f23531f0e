//! What is particular to a family.

use serde_json::json;

use super::*;

/// The config of google/gemma-3-4b-it, which leaves out what is the same as the defaults.
#[test]
fn the_text_of_a_model_of_text_and_images_has_a_config_of_its_own() {
    let text = json!({
        "hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
        "rope_scaling": { "factor": 8.0, "rope_type": "linear" }, "sliding_window": 1024
    });
    let config = |text: Value| {
        let config = json!({ "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3",
            "eos_token_id": [1, 106], "text_config": text, "torch_dtype": "bfloat16", "vision_config": {} });
        Architecture::parse(config.as_object().unwrap())
    };
    let architecture = config(text.clone()).unwrap();
    let Architecture { family, hidden_size, layers, heads, kv_heads, head_dim, .. } = architecture;
    assert_eq!((family, hidden_size, layers, heads), (Family::Gemma3, 2560, 34, 8));
    assert_eq!((kv_heads, head_dim, architecture.vocab_size), (4, 256, 262_208));
    assert!(architecture.tied_head && architecture.dtype == Some(DType::BF16));
    assert_eq!(architecture.rope.scaling, RopeScaling::Linear { factor: 8.0 });
    assert_eq!(architecture.local_rope, plain_rope(10_000.0, 256));
    let full: Vec<_> = (0..34).filter(|layer| architecture.windows[*layer].is_none()).collect();
    assert_eq!(full, [5, 11, 17, 23, 29]);
    assert_eq!(architecture.windows[0], Some(1024));
    for (layer, rope) in architecture.layer_ropes.iter().enumerate() {
        assert_eq!(*rope, if full.contains(&layer) { LayerRope::Global } else { LayerRope::Local });
    }

    let error = config(json!(null)).unwrap_err();
    assert!(
        error.code() == "invalid_config" && error.to_string().contains("text_config: is missing"),
        "{error}"
    );
    let mut wrong = text;
    wrong["hidden_size"] = json!("wide");
    let error = config(wrong).unwrap_err();
    assert!(error.to_string().contains("text_config.hidden_size: expected"), "{error}");
}

#[test]
fn embeddings_of_gemma_are_scaled_by_a_root_that_its_type_rounds() {
    let scale = |model_type: &str, hidden_size: usize, dtype| {
        parse(model_type, json!({ "hidden_size": hidden_size })).unwrap().embedding_scale(dtype)
    };
    assert_eq!(scale("gemma2", 3072, DType::F32), 55.425_625);
    assert_eq!(scale("gemma2", 3072, DType::BF16), 55.5);
    assert_eq!(scale("gemma3_text", 2560, DType::BF16), 50.5);
    assert_eq!(scale("gemma3_text", 2560, DType::F16), 50.59375);
    assert_eq!(scale("qwen3", 2560, DType::BF16), 1.0);
}

#[test]
fn which_layers_slide_is_said_in_many_ways() {
    let windows = |model_type, more| parse(model_type, more).unwrap().windows;
    let (slides, full) = (Some(16), None);
    let every = |more: Value| {
        let mut config = json!({ "sliding_window": 16 });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        windows("gemma3_text", config)
    };
    assert_eq!(every(json!({ "sliding_window_pattern": 2 })), [slides, full, slides, full]);
    let types = ["full_attention", "sliding_attention", "full_attention", "full_attention"];
    assert_eq!(
        every(json!({ "sliding_window_pattern": 2, "layer_types": types })),
        [full, slides, full, full]
    );
    assert_eq!(windows("phi3", json!({ "sliding_window": 16 })), [slides; 4]);
    assert_eq!(windows("phi3", json!({ "sliding_window": null })), [full; 4]);

    let smollm3 = |more: Value| {
        let architecture = parse("smollm3", more).unwrap();
        let rotates = architecture.layer_ropes.iter().map(|rope| *rope == LayerRope::Global);
        (architecture.windows.clone(), rotates.collect::<Vec<_>>())
    };
    let marks =
        json!({ "no_rope_layers": [0, 1, 1, 0, 1], "sliding_window": 16, "use_sliding_window": true });
    assert_eq!(smollm3(marks), (vec![slides, full, full, slides], vec![false, true, true, false]));
    let interval = json!({ "no_rope_layer_interval": 2, "sliding_window": 16, "use_sliding_window": false });
    assert_eq!(smollm3(interval), (vec![full; 4], vec![true, false, true, false]));
}

#[test]
fn what_makes_no_sense_in_a_family_is_named() {
    for (model_type, more, named) in [
        (
            "smollm3",
            json!({ "no_rope_layers": [1, 1] }),
            "no_rope_layers: 2 entries for num_hidden_layers = 4",
        ),
        ("smollm3", json!({ "no_rope_layers": [1, 1, 2, 1] }), "no_rope_layers: expected 0 or 1, found 2"),
        ("smollm3", json!({ "no_rope_layer_interval": 0 }), "no_rope_layer_interval"),
        ("gemma3_text", json!({ "sliding_window_pattern": 0 }), "sliding_window_pattern"),
        ("gemma3_text", json!({ "sliding_window": null }), "sliding_window: is null"),
        ("gemma2", json!({ "query_pre_attn_scalar": 0 }), "query_pre_attn_scalar"),
        ("gemma2", json!({ "final_logit_softcapping": -1 }), "final_logit_softcapping"),
    ] {
        let error = parse(model_type, more).unwrap_err();
        assert_eq!(error.code(), "invalid_config", "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}
