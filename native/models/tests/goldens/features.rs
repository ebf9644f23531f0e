//! Every feature of a decoder matters to its golden: with one switched off or changed, the golden fails by far.

use conduit_backend::GatedActivation;
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{Architecture, ModelError, RopeScaling};
use conduit_testkit::golden::Golden;

/// How far a switched-off feature must move the logits at some position: far above every tolerance.
const VISIBLE: f64 = 0.04;

/// A change to an architecture; false where the case does not have the feature.
type Change = fn(&mut Architecture) -> bool;

const CHANGES: [(&str, Change); 17] = [
    ("query_key_norm", |architecture| std::mem::take(&mut architecture.query_key_norm)),
    ("qkv_bias", |architecture| std::mem::take(&mut architecture.qkv_bias)),
    ("output_bias", |architecture| std::mem::take(&mut architecture.output_bias)),
    ("mlp_bias", |architecture| std::mem::take(&mut architecture.mlp_bias)),
    ("untied head", |architecture| !std::mem::replace(&mut architecture.tied_head, true)),
    ("activation", |architecture| {
        architecture.activation = GatedActivation::GeluTanh;
        true
    }),
    ("rms_norm_epsilon", |architecture| {
        architecture.rms_norm_epsilon *= 10.0;
        true
    }),
    ("rope theta", |architecture| {
        architecture.rope.theta = if architecture.rope.theta == 10_000.0 { 500_000.0 } else { 10_000.0 };
        true
    }),
    ("rope scaling", |architecture| {
        std::mem::replace(&mut architecture.rope.scaling, RopeScaling::Default) != RopeScaling::Default
    }),
    ("rope factor", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::Default => false,
        RopeScaling::Linear { factor } | RopeScaling::Llama3 { factor, .. } => {
            *factor *= 2.0;
            true
        }
        RopeScaling::Yarn(yarn) => {
            yarn.factor *= 2.0;
            true
        }
        RopeScaling::Factors(factors) => {
            factors.iter_mut().for_each(|factor| *factor *= 2.0);
            true
        }
    }),
    ("rope original length", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::Llama3 { original_max_positions, .. } => {
            *original_max_positions *= 4;
            true
        }
        RopeScaling::Yarn(yarn) => {
            yarn.original_max_positions *= 4;
            true
        }
        _ => false,
    }),
    ("llama3 bands", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::Llama3 { low_freq_factor, .. } => {
            *low_freq_factor = 3.999;
            true
        }
        _ => false,
    }),
    ("yarn attention factor", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::Yarn(yarn) => {
            yarn.attention_factor = 1.0;
            true
        }
        _ => false,
    }),
    ("yarn rounding", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::Yarn(yarn) => std::mem::take(&mut yarn.truncate),
        _ => false,
    }),
    ("window", |architecture| architecture.windows.iter_mut().filter_map(Option::take).count() > 0),
    ("window one longer", |architecture| move_windows(architecture, 1)),
    ("window one shorter", |architecture| move_windows(architecture, -1)),
];

fn move_windows(architecture: &mut Architecture, by: isize) -> bool {
    let windows = architecture.windows.iter_mut().flatten();
    windows.map(|window| *window = window.saturating_add_signed(by)).count() > 0
}

/// Difference of the changed architecture from the golden.
fn difference(golden: &Golden, architecture: Architecture) -> f64 {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let mut runner = golden.runner(backend, architecture).unwrap();
    let mut sequence = runner.sequence();
    golden.difference(&runner.logits(&mut [(&mut sequence, &golden.input_ids)]))
}

#[test]
fn every_feature_switched_off_fails_its_golden() {
    let goldens = Golden::all();
    for (name, change) in CHANGES {
        let mut cases = 0;
        for golden in &goldens {
            let mut architecture = golden.architecture();
            if change(&mut architecture) {
                let difference = difference(golden, architecture);
                println!("{name} {}: {difference:.3}", golden.name);
                assert!(difference > VISIBLE, "{name} goes unnoticed in {}: {difference:.1e}", golden.name);
                cases += 1;
            }
        }
        assert!(cases > 0, "no golden has {name}");
    }
}

#[test]
fn a_tied_head_is_not_looked_for_in_the_file() {
    let golden = Golden::named("qwen3-tied");
    let mut architecture = golden.architecture();
    architecture.tied_head = false;
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let runner = golden.runner(backend, architecture);
    let Some(ModelError::MissingTensor { tensor, .. }) = runner.err() else {
        panic!("the head was found");
    };
    assert_eq!(tensor, "lm_head.weight");
}
