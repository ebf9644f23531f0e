//! Expected frequencies are those that transformers 5.23 makes of the same config.

use serde_json::{Value, json};

use super::*;
use crate::error::{ModelError, Result};
use crate::fields::Fields;

const HEAD_DIM: usize = 16;

const LLAMA: RopeContext = RopeContext {
    head_dim: HEAD_DIM,
    max_position_embeddings: 256,
    original_max_positions: None,
    theta: 10_000.0,
    is_phi3: false,
};

const PHI3: RopeContext = RopeContext { original_max_positions: Some(4096), is_phi3: true, ..LLAMA };

fn read(config: Value) -> Result<Rope> {
    Rope::read(&Fields::new(config.as_object().unwrap(), ""), &LLAMA)
}

fn assert_frequencies(rope: &Rope, max_model_len: usize, expected: &[f32]) {
    let actual = rope.inverse_frequencies(max_model_len);
    assert_eq!(actual.len(), expected.len());
    for (actual, expected) in actual.iter().zip(expected) {
        assert!((actual - expected).abs() <= 3e-7 * expected, "{rope:?}: {actual} instead of {expected}");
    }
}

fn assert_makes(config: Value, expected: [f32; HEAD_DIM / 2], attention_factor: f32) {
    let rope = read(config.clone()).unwrap();
    assert_frequencies(&rope, 256, &expected);
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
fn dynamic_scaling_is_that_of_the_longest_sequence() {
    let plain = [1.0, 0.316_227_76, 0.1, 0.031_622_78, 0.01, 0.003_162_277_9, 0.001, 0.000_316_227_8];
    let rope = read(json!({ "rope_scaling": { "type": "dynamic", "factor": 4.0 } })).unwrap();
    assert_frequencies(&rope, 100, &plain);
    assert_frequencies(&rope, 256, &plain);
    let stretched = [
        1.0,
        0.220_131_01,
        0.048_457_66,
        0.010_667_034,
        0.002_348_145,
        0.000_516_899_57,
        0.000_113_785_616,
        2.504_774_4e-5,
    ];
    assert_frequencies(&rope, 1000, &stretched);
    assert_eq!(rope.attention_factor(), 1.0);
}

#[test]
fn longrope_of_a_part_of_each_head() {
    let scaling = json!({ "long_factor": [1.0, 1.5, 2.0, 4.0, 8.0, 16.0],
        "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5], "type": "longrope" });
    let config = |kind: &str| {
        let mut scaling = scaling.clone();
        scaling["type"] = json!(kind);
        json!({ "rope_scaling": scaling, "partial_rotary_factor": 0.75, "original_max_position_embeddings": 64 })
    };
    let read = |config: &Value| Rope::read(&Fields::new(config.as_object().unwrap(), ""), &PHI3);
    let rope = read(&config("longrope")).unwrap();
    let short = [1.0, 0.195_857_69, 0.038_679_9, 0.007_692_308, 0.001_538_881_6, 0.000_309_439_32];
    let long = [1.0, 0.143_628_97, 0.023_207_942, 0.0025, 0.000_269_304_3, 2.900_993_4e-5];
    assert_frequencies(&rope, 64, &short);
    assert_frequencies(&rope, 65, &long);
    assert!((rope.attention_factor() - 1.154_700_5).abs() < 1e-6);
    assert_eq!(rope.max_positions(256), 256);
    // As Phi-3's first configs spell it.
    for kind in ["su", "yarn"] {
        assert_eq!(read(&config(kind)).unwrap(), rope, "{kind}");
    }
    let mut told = config("longrope");
    told["rope_scaling"]["attention_factor"] = json!(1.5);
    assert_eq!(read(&told).unwrap().attention_factor(), 1.5);
    told["rope_scaling"]["attention_factor"] = Value::Null;
    told["rope_scaling"]["factor"] = json!(1.0);
    assert_eq!(read(&told).unwrap().attention_factor(), 1.0);

    told["rope_scaling"]["long_factor"] = json!([1.0, 2.0]);
    let error = read(&told).unwrap_err();
    assert!(
        error.to_string().contains("rope_scaling.long_factor: expected 6 numbers above 0, found 2"),
        "{error}"
    );
    told["rope_scaling"]["long_factor"] = json!([1.0, 2.0, 3.0, 4.0, 5.0, 0.0]);
    assert_eq!(read(&told).unwrap_err().code(), "invalid_config");
    let odd = json!({ "partial_rotary_factor": 0.2 });
    assert!(read(&odd).unwrap_err().to_string().contains("0.2 of heads of 16"));
}

#[test]
fn two_bases_in_one_model() {
    let gemma3 = RopeContext { theta: 1_000_000.0, ..LLAMA };
    let read = |config: Value| Rope::read_pair(&Fields::new(config.as_object().unwrap(), ""), &gemma3);
    let pair = |theta: f64, scaling: RopeScaling, local_theta: f64| {
        let rope = |theta, scaling| Rope { theta, rotary_dim: HEAD_DIM, scaling };
        (rope(theta, scaling), rope(local_theta, RopeScaling::Default))
    };
    let linear = || RopeScaling::Linear { factor: 8.0 };
    assert_eq!(read(json!({})).unwrap(), pair(1e6, RopeScaling::Default, 1e4));
    let old = json!({ "rope_theta": 2000.0, "rope_local_base_freq": 500.0,
        "rope_scaling": { "rope_type": "linear", "factor": 8.0 } });
    assert_eq!(read(old).unwrap(), pair(2000.0, linear(), 500.0));
    let new = json!({ "rope_parameters": {
        "full_attention": { "rope_type": "linear", "factor": 8.0, "rope_theta": 2000.0 },
        "sliding_attention": { "rope_type": "default", "rope_theta": 500.0 } } });
    assert_eq!(read(new).unwrap(), pair(2000.0, linear(), 500.0));
    let partly = json!({ "rope_parameters": { "full_attention": { "rope_type": "linear", "factor": 8.0 } } });
    assert_eq!(read(partly).unwrap(), pair(1e6, linear(), 1e4));
    let error = read(json!({ "rope_parameters": { "rope_theta": 5.0 } })).unwrap_err();
    assert!(error.to_string().contains("rope_parameters.full_attention: is missing"), "{error}");
}

#[test]
fn positions_include_the_scaling() {
    let positions = |config: Value| read(config).unwrap().max_positions(256);
    assert_eq!(positions(json!({})), 256);
    let yarn = json!({ "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 200 });
    assert_eq!(positions(json!({ "rope_scaling": yarn })), 800);
    let yarn = json!({ "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64 });
    assert_eq!(positions(json!({ "rope_scaling": yarn })), 256);
    assert_eq!(positions(json!({ "rope_scaling": { "type": "dynamic", "factor": 3.0 } })), 768);
}

#[test]
fn what_is_not_supported_is_named() {
    let code = |config: Value| read(config).unwrap_err();
    for (config, named) in [
        (json!({ "rope_scaling": { "type": "mrope" } }), "rope_scaling.type = mrope"),
        (
            json!({ "rope_parameters": { "rope_type": "proportional" } }),
            "rope_parameters.rope_type = proportional",
        ),
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
        (json!({ "rope_scaling": { "type": "dynamic", "factor": 0.5 } }), "rope_scaling.factor: is below 1"),
        (json!({ "rope_scaling": { "type": "longrope" } }), "rope_scaling.short_factor: is missing"),
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
