//! Every feature of a decoder matters to its golden: with one switched off or changed, the golden fails by far.

use conduit_backend::GatedActivation;
use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{Architecture, LayerRope, Mixture, ModelError, RopeScaling};
use conduit_testkit::golden::Golden;

/// How far a switched-off feature must move the logits at some position: far above every tolerance.
const VISIBLE: f64 = 0.04;

/// A change to an architecture; false where the case does not have the feature.
type Change = fn(&mut Architecture) -> bool;

const CHANGES: [(&str, Change); 35] = [
    ("query_key_norm", |architecture| std::mem::take(&mut architecture.query_key_norm)),
    ("qkv_bias", |architecture| std::mem::take(&mut architecture.qkv_bias)),
    ("output_bias", |architecture| std::mem::take(&mut architecture.output_bias)),
    ("mlp_bias", |architecture| std::mem::take(&mut architecture.mlp_bias)),
    ("untied head", |architecture| !std::mem::replace(&mut architecture.tied_head, true)),
    ("activation", |architecture| {
        architecture.activation = match architecture.activation {
            GatedActivation::Silu => GatedActivation::GeluTanh,
            GatedActivation::GeluTanh => GatedActivation::Silu,
        };
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
        RopeScaling::Default | RopeScaling::LongRope(_) => false,
        RopeScaling::Linear { factor }
        | RopeScaling::Dynamic { factor, .. }
        | RopeScaling::Llama3 { factor, .. } => {
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
    ("longrope factors of the other length", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::LongRope(long) => {
            std::mem::swap(&mut long.short_factors, &mut long.long_factors);
            true
        }
        _ => false,
    }),
    ("longrope switch", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::LongRope(long) if long.original_max_positions < 100 => {
            long.original_max_positions = 1000;
            true
        }
        RopeScaling::LongRope(long) => {
            long.original_max_positions = 100;
            true
        }
        _ => false,
    }),
    ("longrope attention factor", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::LongRope(long) => {
            long.attention_factor = 1.0;
            true
        }
        _ => false,
    }),
    ("partial rotary", |architecture| {
        let is_partial = architecture.rope.rotary_dim < architecture.head_dim;
        if let RopeScaling::LongRope(long) = &mut architecture.rope.scaling {
            let dims = architecture.head_dim / 2;
            long.short_factors.resize(dims, 1.0);
            long.long_factors.resize(dims, 1.0);
        }
        architecture.rope.rotary_dim = architecture.head_dim;
        is_partial
    }),
    ("dynamic original length", |architecture| match &mut architecture.rope.scaling {
        RopeScaling::Dynamic { original_max_positions, .. } => {
            *original_max_positions *= 2;
            true
        }
        _ => false,
    }),
    ("local rope", |architecture| {
        let has_local = architecture.layer_ropes.contains(&LayerRope::Local);
        architecture.layer_ropes.iter_mut().for_each(|rope| *rope = LayerRope::Global);
        has_local
    }),
    ("local rope scaled as the global one", |architecture| {
        let scaling = architecture.rope.scaling.clone();
        architecture.layer_ropes.contains(&LayerRope::Local)
            && std::mem::replace(&mut architecture.local_rope.scaling, scaling) == RopeScaling::Default
    }),
    ("layers without rope", |architecture| {
        let has_none = architecture.layer_ropes.contains(&LayerRope::None);
        architecture.layer_ropes.iter_mut().for_each(|rope| *rope = LayerRope::Global);
        has_none
    }),
    ("norms that add one", |architecture| std::mem::take(&mut architecture.norms_add_one)),
    ("embedding scale", |architecture| std::mem::take(&mut architecture.scaled_embedding)),
    ("query scale", |architecture| {
        let scale = (architecture.head_dim as f32).sqrt().recip();
        std::mem::replace(&mut architecture.attention_scale, scale) != scale
    }),
    ("attention soft cap", |architecture| architecture.attention_soft_cap.take().is_some()),
    ("logit soft cap", |architecture| architecture.logit_soft_cap.take().is_some()),
    ("post norms", |architecture| std::mem::take(&mut architecture.post_norms)),
    ("which layers slide", |architecture| {
        let windows = &mut architecture.windows;
        let window = windows.iter().copied().flatten().next();
        let is_mixed = windows.contains(&None) && window.is_some();
        windows.iter_mut().for_each(|is| *is = if is.is_some() { None } else { window });
        is_mixed
    }),
    ("window", |architecture| architecture.windows.iter_mut().filter_map(Option::take).count() > 0),
    ("window one longer", |architecture| move_windows(architecture, 1)),
    ("window one shorter", |architecture| move_windows(architecture, -1)),
    ("norm_topk_prob", |architecture| {
        change_mixture(architecture, |mixture| mixture.normalized = !mixture.normalized)
    }),
    ("one expert more", |architecture| change_mixture(architecture, |mixture| mixture.chosen += 1)),
    ("one expert less", |architecture| change_mixture(architecture, |mixture| mixture.chosen -= 1)),
];

fn move_windows(architecture: &mut Architecture, by: isize) -> bool {
    let windows = architecture.windows.iter_mut().flatten();
    windows.map(|window| *window = window.saturating_add_signed(by)).count() > 0
}

fn change_mixture(architecture: &mut Architecture, change: fn(&mut Mixture)) -> bool {
    architecture.mixture.as_mut().map(change).is_some()
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
