//! Expected frequencies are those that `LlamaRotaryEmbedding` of transformers 5.23 makes of the same config.

use serde_json::{Value, json};

use super::*;
use crate::error::ModelError;

const HEAD_DIM: usize = 16;

fn read(config: Value) -> Result<Rope> {
    Rope::read(&Fields::new(config.as_object().unwrap(), ""), 10_000.0, 256)
}

fn assert_makes(config: Value, expected: [f32; HEAD_DIM / 2], attention_factor: f32) {
    let rope = read(config.clone()).unwrap();
    for (actual, expected) in rope.inverse_frequencies(HEAD_DIM).iter().zip(expected) {
        assert!((actual - expected).abs() <= 3e-7 * expected, "{config}: {actual} instead of {expected}");
    }
    let difference = (rope.attention_factor() - attention_factor).abs();
    assert!(difference < 1e-6, "{config}: {}", rope.attention_factor());
}

#[test]
fn plain_frequencies() {
    let expected = [1.0, 0.316_227_76, 0.1, 0.031_622_78, 0.01, 0.003_162_277_9, 0.001, 0.000_316_227_8];
    assert_makes(json!({}), expected, 1.0);
    assert_makes(json!({ "rope_theta": 10000, "rope_scaling": null }), expected, 1.0);
    assert_makes(json!({ "rope_theta": 5, "rope_scaling": { "rope_theta": 10000.0 } }), expected, 1.0);
    assert_makes(json!({ "rope_scaling": {}, "rope_parameters": { "rope_theta": 10000.0 } }), expected, 1.0);
}

#[test]
fn linear_scaling() {
    let expected =
        [0.25, 0.079_056_94, 0.025, 0.007_905_695, 0.0025, 0.000_790_569_47, 0.00025, 7.905_695e-5];
    assert_makes(json!({ "rope_scaling": { "type": "linear", "factor": 4 } }), expected, 1.0);
}

#[test]
fn llama3_scaling() {
    let expected = [
        1.0,
        0.079_403_01,
        0.004_700_754,
        0.000_911_583_13,
        0.000_176_776_68,
        3.428_102_4e-5,
        6.647_869_7e-6,
        1.289_173_2e-6,
    ];
    let mut scaling = json!({ "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 64 });
    assert_makes(json!({ "rope_parameters": scaling }), expected, 1.0);
    scaling["original_max_position_embeddings"] = Value::Null;
    assert_makes(
        json!({ "rope_parameters": scaling, "original_max_position_embeddings": 64 }),
        expected,
        1.0,
    );
}

#[test]
fn yarn_with_its_defaults() {
    let expected = [
        1.0,
        0.111_142_464,
        0.007_905_695,
        0.001_405_853_3,
        0.00025,
        4.445_698_5e-5,
        7.905_694e-6,
        1.405_853_4e-6,
    ];
    let scaling = json!({ "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64 });
    assert_makes(json!({ "rope_theta": 1000000.0, "rope_scaling": scaling }), expected, 1.138_629_4);
}

#[test]
fn yarn_with_all_its_parameters() {
    let expected = [
        1.0,
        0.311_343_22,
        0.066_681_07,
        0.009_373_677,
        0.003_952_847_3,
        0.001_666_901_9,
        0.000_702_926_66,
        0.000_296_421_73,
    ];
    let parameters = json!({ "rope_type": "yarn", "rope_theta": 1000.0, "factor": 8.0,
        "original_max_position_embeddings": 32, "beta_fast": 4.0, "beta_slow": 0.5, "mscale": 0.7,
        "mscale_all_dim": 1.3, "truncate": false });
    assert_makes(json!({ "rope_parameters": parameters }), expected, 0.901_784);
}

#[test]
fn yarn_without_a_factor_takes_the_ratio_of_contexts() {
    let expected = [1.0, 0.237_170_82, 0.05, 0.007_905_695, 0.0025, 0.000_790_569_47, 0.00025, 7.905_695e-5];
    let parameters = json!({ "rope_type": "yarn", "factor": null, "original_max_position_embeddings": 64,
        "attention_factor": 1.25 });
    assert_makes(json!({ "rope_parameters": parameters }), expected, 1.25);
}

#[test]
fn positions_include_the_scaling() {
    let positions = |config: Value| read(config).unwrap().max_positions(256);
    assert_eq!(positions(json!({})), 256);
    let yarn = json!({ "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 200 });
    assert_eq!(positions(json!({ "rope_scaling": yarn })), 800);
    let yarn = json!({ "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64 });
    assert_eq!(positions(json!({ "rope_scaling": yarn })), 256);
}

#[test]
fn what_is_not_supported_is_named() {
    let code = |config: Value| read(config).unwrap_err();
    for (config, named) in [
        (json!({ "rope_scaling": { "type": "dynamic", "factor": 2.0 } }), "rope_scaling.type = dynamic"),
        (json!({ "rope_parameters": { "rope_type": "longrope" } }), "rope_parameters.rope_type = longrope"),
        (json!({ "partial_rotary_factor": 0.5 }), "partial_rotary_factor = 0.5"),
        (json!({ "rope_parameters": { "partial_rotary_factor": 0.25 } }), "partial_rotary_factor = 0.25"),
        (json!({ "rope_parameters": { "full_attention": {} } }), "rope_parameters.full_attention"),
    ] {
        let error = code(config);
        assert_eq!(error.code(), "unsupported_feature");
        assert!(error.to_string().contains(named), "{error}");
    }
    for (config, named) in [
        (json!({ "rope_scaling": { "type": "linear" } }), "rope_scaling.factor: is missing"),
        (json!({ "rope_scaling": { "type": "linear", "factor": "four" } }), "found \"four\""),
        (json!({ "rope_scaling": { "type": "linear", "factor": 0 } }), "a number above 0"),
        (json!({ "rope_scaling": 7 }), "rope_scaling: expected an object, found 7"),
        (json!({ "rope_theta": 1.0 }), "rope_theta: is not above 1"),
        (
            json!({ "rope_scaling": { "type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 4 } }),
            "high_freq_factor: is not above low_freq_factor",
        ),
    ] {
        let error = code(config);
        assert!(matches!(error, ModelError::InvalidConfig { .. }), "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}
