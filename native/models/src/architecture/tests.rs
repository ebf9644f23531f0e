use serde_json::json;

use super::*;
use crate::rope::RopeScaling;

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
        rope: Rope { theta: 10_000.0, scaling: RopeScaling::Default },
        rotary_style: RotaryStyle::RotateHalf,
        windows: vec![None; 4],
        dtype: None,
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
        ..expected
    };
    assert_eq!(parse("qwen2", json!({})).unwrap(), qwen2);

    let qwen3 =
        Architecture { family: Family::Qwen3, head_dim: 128, qkv_bias: false, query_key_norm: true, ..qwen2 };
    assert_eq!(parse("qwen3", json!({})).unwrap(), qwen3);
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
        ("qwen3_moe", "Qwen3MoeForCausalLM"),
        ("llama", "LlamaForSequenceClassification"),
        ("qwen2", "Qwen2ForRewardModel"),
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
        ("llama", json!({ "rope_scaling": { "type": "su" } }), "rope_scaling.type = su"),
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
