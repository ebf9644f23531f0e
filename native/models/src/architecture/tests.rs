mod families;

use serde_json::json;

use super::*;
use crate::rope::RopeScaling;

/// Rotary embedding that nothing is said of.
fn plain_rope(theta: f64, rotary_dim: usize) -> Rope {
    Rope { theta, rotary_dim, scaling: RopeScaling::Default }
}

/// The least that a config must say.
fn config(model_type: &str, more: Value) -> Map<String, Value> {
    let least = json!({
        "model_type": model_type, "hidden_size": 2048, "num_hidden_layers": 4, "num_attention_heads": 32,
        "intermediate_size": 8192, "vocab_size": 1000
    });
    let Value::Object(mut config) = least else { unreachable!() };
    for (key, value) in more.as_object().unwrap() {
        match value {
            Value::String(remove) if remove == "<absent>" => drop(config.remove(key)),
            value => drop(config.insert(key.clone(), value.clone())),
        }
    }
    config
}

fn parse(model_type: &str, more: Value) -> Result<Architecture> {
    Architecture::parse(&config(model_type, more))
}

#[test]
fn what_a_config_leaves_out_is_as_in_transformers() {
    let expected = Architecture {
        family: Family::Llama,
        hidden_size: 2048,
        layers: 4,
        heads: 32,
        kv_heads: 32,
        head_dim: 64,
        intermediate_size: 8192,
        vocab_size: 1000,
        max_position_embeddings: 2048,
        rms_norm_epsilon: 1e-6,
        activation: GatedActivation::Silu,
        tied_head: false,
        qkv_bias: false,
        output_bias: false,
        mlp_bias: false,
        query_key_norm: false,
        norms_add_one: false,
        post_norms: false,
        fused_tensors: false,
        scaled_embedding: false,
        attention_scale: 0.125,
        attention_soft_cap: None,
        logit_soft_cap: None,
        rope: plain_rope(10_000.0, 64),
        local_rope: plain_rope(10_000.0, 64),
        layer_ropes: vec![LayerRope::Global; 4],
        rotary_style: RotaryStyle::RotateHalf,
        windows: vec![None; 4],
        dtype: None,
        mixture: None,
        prequantization: None,
    };
    assert_eq!(parse("llama", json!({})).unwrap(), expected);

    let mistral = Architecture {
        family: Family::Mistral,
        kv_heads: 8,
        max_position_embeddings: 131_072,
        windows: vec![Some(4096); 4],
        ..expected.clone()
    };
    assert_eq!(parse("mistral", json!({})).unwrap(), mistral);

    let qwen2 = Architecture {
        family: Family::Qwen2,
        kv_heads: 32,
        max_position_embeddings: 32_768,
        qkv_bias: true,
        ..expected.clone()
    };
    assert_eq!(parse("qwen2", json!({})).unwrap(), qwen2);

    let qwen3 = Architecture {
        family: Family::Qwen3,
        head_dim: 128,
        qkv_bias: false,
        query_key_norm: true,
        attention_scale: 128_f32.sqrt().recip(),
        rope: plain_rope(10_000.0, 128),
        local_rope: plain_rope(10_000.0, 128),
        ..qwen2
    };
    assert_eq!(parse("qwen3", json!({})).unwrap(), qwen3);

    let mixture = |experts, chosen, intermediate_size, normalized| {
        Some(Mixture { experts, chosen, intermediate_size, normalized, layers: vec![true; 4] })
    };
    let qwen3_moe = Architecture {
        family: Family::Qwen3Moe,
        kv_heads: 4,
        head_dim: 64,
        attention_scale: 0.125,
        rope: plain_rope(10_000.0, 64),
        local_rope: plain_rope(10_000.0, 64),
        mixture: mixture(128, 8, 768, false),
        ..qwen3
    };
    assert_eq!(parse("qwen3_moe", json!({})).unwrap(), qwen3_moe);

    let mixtral = Architecture {
        family: Family::Mixtral,
        rms_norm_epsilon: 1e-5,
        rope: plain_rope(1_000_000.0, 64),
        local_rope: plain_rope(1_000_000.0, 64),
        windows: vec![None; 4],
        mixture: mixture(8, 2, 8192, true),
        ..mistral
    };
    assert_eq!(parse("mixtral", json!({})).unwrap(), mixtral);

    let phi3 = Architecture {
        family: Family::Phi3,
        max_position_embeddings: 4096,
        rms_norm_epsilon: 1e-5,
        fused_tensors: true,
        ..expected.clone()
    };
    assert_eq!(parse("phi3", json!({ "attention_bias": true })).unwrap(), phi3);

    let smollm3 = Architecture {
        family: Family::SmolLm3,
        kv_heads: 4,
        max_position_embeddings: 32_768,
        tied_head: true,
        rope: plain_rope(2_000_000.0, 64),
        local_rope: plain_rope(2_000_000.0, 64),
        layer_ropes: vec![LayerRope::Global, LayerRope::Global, LayerRope::Global, LayerRope::None],
        ..expected.clone()
    };
    assert_eq!(parse("smollm3", json!({})).unwrap(), smollm3);

    let gemma2 = Architecture {
        family: Family::Gemma2,
        kv_heads: 4,
        head_dim: 256,
        max_position_embeddings: 8192,
        activation: GatedActivation::GeluTanh,
        tied_head: true,
        norms_add_one: true,
        post_norms: true,
        scaled_embedding: true,
        attention_scale: 0.0625,
        attention_soft_cap: Some(50.0),
        logit_soft_cap: Some(30.0),
        rope: plain_rope(10_000.0, 256),
        local_rope: plain_rope(10_000.0, 256),
        windows: vec![Some(4096), None, Some(4096), None],
        ..expected
    };
    assert_eq!(parse("gemma2", json!({})).unwrap(), gemma2);

    let gemma3 = Architecture {
        family: Family::Gemma3,
        max_position_embeddings: 131_072,
        query_key_norm: true,
        attention_soft_cap: None,
        logit_soft_cap: None,
        rope: plain_rope(1_000_000.0, 256),
        layer_ropes: vec![LayerRope::Local; 4],
        windows: vec![Some(4096); 4],
        ..gemma2
    };
    assert_eq!(parse("gemma3_text", json!({})).unwrap(), gemma3);
}

#[test]
fn experts_are_in_every_so_many_layers_but_for_those_that_are_named() {
    let layers = |more| parse("qwen3_moe", more).unwrap().mixture.unwrap().layers;
    assert_eq!(layers(json!({ "decoder_sparse_step": 2 })), [false, true, false, true]);
    assert_eq!(layers(json!({ "mlp_only_layers": [3, 0] })), [false, true, true, false]);
    let both = json!({ "decoder_sparse_step": 2, "mlp_only_layers": [1] });
    assert_eq!(layers(both), [false, false, false, true]);
}

#[test]
fn experts_have_either_name_that_transformers_gives_their_number() {
    for name in ["num_experts", "num_local_experts"] {
        for family in ["qwen3_moe", "mixtral"] {
            let mixture =
                parse(family, json!({ name: 5, "num_experts_per_tok": 5 })).unwrap().mixture.unwrap();
            assert_eq!((mixture.experts, mixture.chosen), (5, 5), "{family} {name}");
        }
    }
}

#[test]
fn experts_that_make_no_sense_are_named() {
    for (more, named) in [
        (json!({ "num_experts_per_tok": 129 }), "num_experts_per_tok: 129 of 128 experts"),
        (json!({ "num_experts": 0 }), "num_experts: expected a whole number from 1"),
        (json!({ "num_experts_per_tok": 0 }), "num_experts_per_tok: expected a whole number from 1"),
        (json!({ "moe_intermediate_size": -1 }), "moe_intermediate_size"),
        (json!({ "decoder_sparse_step": 0 }), "decoder_sparse_step"),
        (json!({ "mlp_only_layers": [4] }), "mlp_only_layers: expected indices of 4 layers, found 4"),
        (json!({ "mlp_only_layers": ["0"] }), "mlp_only_layers"),
        (json!({ "norm_topk_prob": 1 }), "norm_topk_prob"),
    ] {
        let error = parse("qwen3_moe", more).unwrap_err();
        assert_eq!(error.code(), "invalid_config", "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn windows_of_mixtures_are_of_all_layers_where_they_are_on() {
    let windows = |family, more| parse(family, more).unwrap().windows;
    assert_eq!(windows("mixtral", json!({ "sliding_window": 16 })), [Some(16); 4]);
    assert_eq!(windows("qwen3_moe", json!({ "sliding_window": 16, "max_window_layers": 3 })), [None; 4]);
    let on = json!({ "sliding_window": 16, "max_window_layers": 3, "use_sliding_window": true });
    assert_eq!(windows("qwen3_moe", on), [Some(16); 4]);
}

#[test]
fn null_is_not_the_same_as_absent_where_transformers_tells_them_apart() {
    let more = json!({ "num_key_value_heads": null, "sliding_window": null, "head_dim": null });
    for (model_type, head_dim) in [("llama", 64), ("mistral", 64), ("qwen2", 64), ("qwen3", 128)] {
        let architecture = parse(model_type, more.clone()).unwrap();
        assert_eq!((architecture.kv_heads, architecture.head_dim), (32, head_dim), "{model_type}");
        assert_eq!(architecture.windows, [None; 4], "{model_type}");
    }
}

#[test]
fn biases_belong_to_their_families() {
    let biases = |model_type: &str| {
        let architecture = parse(model_type, json!({ "attention_bias": true, "mlp_bias": true })).unwrap();
        (architecture.qkv_bias, architecture.output_bias, architecture.mlp_bias)
    };
    assert_eq!(biases("llama"), (true, true, true));
    assert_eq!(biases("mistral"), (false, false, false));
    assert_eq!(biases("qwen2"), (true, false, false));
    assert_eq!(biases("qwen3"), (true, true, false));
}

#[test]
fn windows_of_qwen_are_off_until_they_are_switched_on() {
    let windows = |more| parse("qwen3", more).unwrap().windows;
    assert_eq!(windows(json!({ "sliding_window": 16, "max_window_layers": 0 })), [None; 4]);
    let on = json!({ "sliding_window": 16, "max_window_layers": 3, "use_sliding_window": true });
    assert_eq!(windows(on), [None, None, None, Some(16)]);
    let types = ["full_attention", "sliding_attention", "full_attention", "sliding_attention"];
    let on = json!({ "use_sliding_window": true, "layer_types": types });
    assert_eq!(windows(on), [None, Some(4096), None, Some(4096)]);
}

#[test]
fn types_are_read_in_both_spellings() {
    let dtype = |more| parse("llama", more).unwrap().dtype;
    assert_eq!(dtype(json!({ "torch_dtype": "float16" })), Some(DType::F16));
    assert_eq!(dtype(json!({ "dtype": "bfloat16", "torch_dtype": "float16" })), Some(DType::BF16));
    assert_eq!(dtype(json!({ "dtype": "auto" })), None);
}

#[test]
fn other_architectures_are_refused_by_name() {
    for (model_type, class) in [
        ("gemma3", "Gemma3ForCausalLM"),
        ("gemma3n", "Gemma3nForConditionalGeneration"),
        ("phimoe", "PhimoeForCausalLM"),
        ("qwen2_moe", "Qwen2MoeForCausalLM"),
        ("llama", "LlamaForSequenceClassification"),
        ("qwen2", "Qwen2ForRewardModel"),
        ("qwen3_moe", "Qwen3MoeForSequenceClassification"),
    ] {
        let error = parse(model_type, json!({ "architectures": [class] })).unwrap_err();
        assert_eq!(error.code(), "unsupported_architecture");
        assert!(
            error.to_string().contains(class) && error.to_string().contains("Qwen3ForCausalLM"),
            "{error}"
        );
    }
    parse("qwen3", json!({ "architectures": ["Qwen3ForCausalLM"] })).unwrap();
}

#[test]
fn what_is_not_supported_is_named() {
    for (model_type, more, named) in [
        ("llama", json!({ "hidden_act": "relu" }), "hidden_act = relu"),
        ("llama", json!({ "torch_dtype": "float64" }), "torch_dtype = float64"),
        ("llama", json!({ "rope_scaling": { "type": "mrope" } }), "rope_scaling.type = mrope"),
        ("gemma3_text", json!({ "use_bidirectional_attention": true }), "use_bidirectional_attention = true"),
        ("gemma2", json!({ "hidden_activation": "gelu" }), "hidden_activation = gelu"),
        (
            "qwen3",
            json!({ "layer_types": ["linear_attention", "full_attention", "full_attention", "full_attention"] }),
            "layer_types = \"linear_attention\"",
        ),
    ] {
        let error = parse(model_type, more).unwrap_err();
        assert_eq!(error.code(), "unsupported_feature", "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn what_makes_no_sense_is_named() {
    for (more, named) in [
        (json!({ "model_type": null }), "model_type: is missing"),
        (json!({ "hidden_size": "<absent>" }), "hidden_size: is missing"),
        (json!({ "num_hidden_layers": 0 }), "num_hidden_layers: expected a whole number from 1"),
        (json!({ "vocab_size": -5 }), "found -5"),
        (json!({ "vocab_size": 1.5 }), "found 1.5"),
        (json!({ "intermediate_size": u64::MAX }), "intermediate_size"),
        (json!({ "num_key_value_heads": 7 }), "7 does not divide num_attention_heads = 32"),
        (json!({ "head_dim": 7 }), "head_dim: expected an even number, found 7"),
        (
            json!({ "num_attention_heads": 4096, "num_key_value_heads": 1 }),
            "head_dim: expected an even number, found 0",
        ),
        (json!({ "rms_norm_eps": "small" }), "rms_norm_eps"),
        (json!({ "tie_word_embeddings": 1 }), "tie_word_embeddings: expected true or false, found 1"),
        (json!({ "sliding_window": 0 }), "sliding_window"),
        (json!({ "layer_types": ["full_attention"] }), "layer_types: 1 entries for num_hidden_layers = 4"),
        (json!({ "layer_types": vec!["sliding_attention"; 4] }), "use_sliding_window is off"),
    ] {
        let error = parse("qwen2", more).unwrap_err();
        assert_eq!(error.code(), "invalid_config", "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}
