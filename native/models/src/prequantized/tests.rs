use serde_json::{Value, json};

use super::*;
use crate::fields::Fields;

fn read(quantization: Value) -> Result<Option<Prequantization>> {
    let config = json!({ "quantization_config": quantization });
    read_prequantization(&Fields::new(config.as_object().unwrap(), ""))
}

fn compressed(weights: Value) -> Value {
    json!({ "quant_method": "compressed-tensors", "config_groups": { "group_0": { "weights": weights } } })
}

#[test]
fn formats_are_what_their_publishers_write() {
    let fp8 = |block| Prequantization::Fp8 { block };
    let gptq = |group_size, zero_points_less_one, has_act_order| Prequantization::Gptq {
        group_size,
        zero_points_less_one,
        has_act_order,
    };
    let packed = |group_size, is_symmetric| Prequantization::PackedInt4 { group_size, is_symmetric };
    let float = |strategy: &str| {
        json!({ "num_bits": 8, "type": "float", "strategy": strategy, "group_size": 64,
        "block_structure": [64, 128] })
    };
    let int4 = |strategy: &str, group: i64, symmetric: bool| {
        json!({ "num_bits": 4, "type": "int",
        "strategy": strategy, "group_size": group, "symmetric": symmetric })
    };
    let cases = [
        // Qwen3-*-FP8.
        (
            json!({ "activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
                "weight_block_size": [128, 128] }),
            fp8(Some([128, 128])),
        ),
        (json!({ "quant_method": "fp8", "activation_scheme": "static" }), fp8(None)),
        (compressed(float("channel")), fp8(None)),
        (compressed(float("tensor")), fp8(None)),
        (compressed(float("block")), fp8(Some([64, 128]))),
        (compressed(float("group")), fp8(Some([1, 64]))),
        (
            json!({ "quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": true }),
            gptq(Some(128), true, true),
        ),
        (
            json!({ "quant_method": "gptq", "bits": 4, "group_size": -1, "dynamic": {} }),
            gptq(None, true, false),
        ),
        (
            json!({ "quant_method": "gptq", "bits": 4, "group_size": 32, "checkpoint_format": "gptq_v2",
                "dynamic": { "-:.*gate.*": {} } }),
            gptq(Some(32), false, false),
        ),
        (
            json!({ "quant_method": "awq", "bits": 4, "group_size": 128, "version": "GEMM", "zero_point": true }),
            Prequantization::Awq { group_size: 128 },
        ),
        (compressed(int4("group", 128, true)), packed(Some(128), true)),
        (compressed(int4("group", 32, false)), packed(Some(32), false)),
        (compressed(int4("channel", 0, true)), packed(None, true)),
    ];
    for (config, expected) in cases {
        assert_eq!(read(config.clone()).unwrap(), Some(expected), "{config}");
    }
    assert_eq!(read(Value::Null).unwrap(), None);
    let older = json!({ "compression_config": compressed(float("channel")) });
    let found = read_prequantization(&Fields::new(older.as_object().unwrap(), "")).unwrap();
    assert_eq!(found, Some(fp8(None)));
}

#[test]
fn what_is_not_supported_is_named() {
    let float = |bits: usize| json!({ "num_bits": bits, "type": "float", "strategy": "tensor" });
    let mut two = compressed(float(8));
    two["config_groups"]["group_1"] =
        json!({ "weights": { "num_bits": 4, "type": "int", "strategy": "channel" } });
    let with = |key: &str, value: Value| {
        let mut config = compressed(float(8));
        config[key] = value;
        config
    };
    let cases = [
        (json!({ "quant_method": "bitsandbytes" }), "quant_method = bitsandbytes"),
        (json!({}), "quant_method = unnamed"),
        (json!({ "quant_method": "fp8", "fmt": "e5m2" }), "fmt = e5m2"),
        (json!({ "quant_method": "gptq", "bits": 8, "group_size": 128 }), "bits = 8"),
        (
            json!({ "quant_method": "gptq", "bits": 4, "group_size": 128, "checkpoint_format": "marlin" }),
            "marlin",
        ),
        (
            json!({ "quant_method": "gptq", "bits": 4, "group_size": 128, "dynamic": { "+:a": { "bits": 8 } } }),
            "+:a",
        ),
        (json!({ "quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemv" }), "version = gemv"),
        (
            json!({ "quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": false }),
            "zero_point = false",
        ),
        (compressed(float(4)), "float of 4 bits"),
        (compressed(json!({ "num_bits": 8, "type": "int", "strategy": "channel" })), "int of 8 bits"),
        (compressed(json!({ "num_bits": 8, "type": "float", "strategy": "tensor_group" })), "tensor_group"),
        (two, "several schemes"),
        (with("sparsity_config", json!({ "format": "sparse-24-bitmask" })), "sparse-24-bitmask"),
        (with("format", json!("marlin-24")), "format = marlin-24"),
        (with("transform_config", json!({ "config_groups": {} })), "transform_config"),
    ];
    for (config, what) in cases {
        let error = read(config.clone()).unwrap_err();
        assert!(error.code() == "unsupported_feature" && error.to_string().contains(what), "{error}");
    }
}

#[test]
fn what_makes_no_sense_is_named() {
    for (config, what) in [
        (json!({ "quant_method": "fp8", "weight_block_size": [128] }), "weight_block_size"),
        (json!({ "quant_method": "fp8", "weight_block_size": [0, 128] }), "weight_block_size"),
        (json!({ "quant_method": "fp8", "weight_block_size": 128 }), "weight_block_size"),
        (json!({ "quant_method": "gptq", "bits": 4 }), "group_size"),
        (json!({ "quant_method": "gptq", "bits": 4, "group_size": 0 }), "group_size"),
        (json!({ "quant_method": "gptq", "group_size": 128 }), "bits"),
        (json!({ "quant_method": "awq", "bits": 4, "group_size": -1 }), "group_size"),
        (json!({ "quant_method": "compressed-tensors" }), "config_groups"),
        (json!("fp8"), "quantization_config"),
    ] {
        let error = read(config.clone()).unwrap_err();
        assert!(error.code() == "invalid_config" && error.to_string().contains(what), "{config}: {error}");
    }
}
