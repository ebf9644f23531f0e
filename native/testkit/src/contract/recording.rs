use std::sync::Arc;

use conduit_backend::{
    Activation, AttentionSpec, Backend, Bucket, Expert, Experts, GatedActivation, KvDType, KvLayout, Model,
    Ops, RotarySpec, RotaryStyle,
};

use super::Subject;
use super::toy::{VOCAB, attention, budget, random_linear, single};

const HIDDEN: usize = 64;

/// A model that records what a test says.
struct Scripted<F>(F);

impl<B: Backend, F: Fn(&mut dyn Ops<B>) + Send + Sync> Model<B> for Scripted<F> {
    fn kv_groups(&self) -> &[KvLayout] {
        &[KvLayout { layers: 1, kv_heads: 2, head_dim: 8, dtype: KvDType::F32, window: None }]
    }

    fn hidden_size(&self) -> usize {
        HIDDEN
    }

    fn vocab_size(&self) -> usize {
        VOCAB
    }

    fn max_positions(&self) -> usize {
        64
    }

    fn weight_bytes(&self) -> u64 {
        0
    }

    fn record(&self, ops: &mut dyn Ops<B>) {
        (self.0)(ops);
    }
}

struct Parts<B: Backend> {
    table: B::Linear,
    wide: B::Linear,
    norm: B::Vector,
    frequencies: B::Vector,
    /// Scores of three experts.
    router: B::Linear,
    gate_up: B::Linear,
    down: B::Linear,
}

impl<B: Backend> Parts<B> {
    /// Three experts, of which rows go through so many.
    fn experts(&self, chosen: usize, down: &B::Linear) -> Arc<Experts<B>> {
        let expert = || Expert { gate_up: self.gate_up.clone(), down: down.clone() };
        let experts = vec![expert(), expert(), expert()];
        Arc::new(Experts { experts, chosen, normalized: true, activation: GatedActivation::Silu })
    }

    /// Sends the embedding through experts.
    fn through(&self, ops: &mut dyn Ops<B>, experts: &Arc<Experts<B>>) {
        let x = ops.embed(&self.table, 1.0);
        let scores = ops.linear(x, &self.router);
        let x = ops.experts(x, scores, experts);
        finish(self, ops, x);
    }
}

type Script<B> = fn(&Parts<B>, &mut dyn Ops<B>);

fn finish<B: Backend>(parts: &Parts<B>, ops: &mut dyn Ops<B>, x: Activation) {
    let rows = ops.gather_rows(x);
    ops.logits(rows, &parts.table, None);
}

fn rotate<B: Backend>(parts: &Parts<B>, ops: &mut dyn Ops<B>, spec: &AttentionSpec) {
    let x = ops.embed(&parts.table, 1.0);
    let rotary = RotarySpec {
        inverse_frequencies: &parts.frequencies,
        attention_factor: 1.0,
        style: RotaryStyle::RotateHalf,
    };
    let queries = ops.rotate_and_cache(x, None, &rotary, spec);
    ops.attention(queries, spec);
    finish(parts, ops, x);
}

pub fn recordings_that_do_not_fit_are_refused<S: Subject>() {
    let scripts: Vec<(&str, Script<S::Backend>)> = vec![
        ("nothing", |_, _| ()),
        ("no logits", |parts, ops| {
            ops.embed(&parts.table, 1.0);
        }),
        ("an embedding too small", |parts, ops| {
            let x = ops.embed(&parts.wide, 1.0);
            finish(parts, ops, x);
        }),
        ("a vector too long", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let x = ops.norm(x, &parts.frequencies, 1e-6);
            finish(parts, ops, x);
        }),
        ("a sum of different widths", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let y = ops.linear(x, &parts.wide);
            ops.add(x, y);
            finish(parts, ops, x);
        }),
        ("a sum with itself", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            ops.add_norm(x, x, &parts.norm, 1e-6);
            finish(parts, ops, x);
        }),
        ("a linear layer of another width", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let y = ops.linear(x, &parts.wide);
            ops.linear(y, &parts.wide);
            finish(parts, ops, x);
        }),
        ("a handle of no activation", |parts, ops| {
            ops.embed(&parts.table, 1.0);
            finish(parts, ops, Activation { id: 99, features: HIDDEN });
        }),
        ("logits of rows that were not gathered", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            ops.logits(x, &parts.table, None);
        }),
        ("embeddings times no number", |parts, ops| {
            let x = ops.embed(&parts.table, f32::NAN);
            finish(parts, ops, x);
        }),
        ("a soft cap of 0", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let rows = ops.gather_rows(x);
            ops.logits(rows, &parts.table, Some(0.0));
        }),
        ("rows gathered twice", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let x = ops.gather_rows(x);
            finish(parts, ops, x);
        }),
        ("hidden states without the norm's weight", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            ops.hidden(x, &parts.frequencies, 1e-6);
            finish(parts, ops, x);
        }),
        ("hidden states of gathered rows", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let rows = ops.gather_rows(x);
            ops.hidden(rows, &parts.norm, 1e-6);
            ops.logits(rows, &parts.table, None);
        }),
        ("hidden states twice", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            ops.hidden(x, &parts.norm, 1e-6);
            ops.hidden(x, &parts.norm, 1e-6);
            finish(parts, ops, x);
        }),
        ("scores of other experts", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let scores = ops.linear(x, &parts.wide);
            let x = ops.experts(x, scores, &parts.experts(2, &parts.down));
            finish(parts, ops, x);
        }),
        ("experts that score themselves", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let x = ops.experts(x, x, &parts.experts(2, &parts.down));
            finish(parts, ops, x);
        }),
        ("experts of rows of another width", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            let scores = ops.linear(x, &parts.router);
            let y = ops.linear(x, &parts.wide);
            ops.experts(y, scores, &parts.experts(2, &parts.down));
            finish(parts, ops, x);
        }),
        ("experts whose layers do not fit", |parts, ops| parts.through(ops, &parts.experts(2, &parts.table))),
        ("more experts than there are", |parts, ops| parts.through(ops, &parts.experts(4, &parts.down))),
        ("none of the experts", |parts, ops| parts.through(ops, &parts.experts(0, &parts.down))),
        ("operations after the logits", |parts, ops| {
            let x = ops.embed(&parts.table, 1.0);
            finish(parts, ops, x);
            ops.norm(x, &parts.norm, 1e-6);
        }),
        ("a group that is not there", |parts, ops| {
            rotate(parts, ops, &AttentionSpec { group: 1, ..attention(0) })
        }),
        ("a layer that is not there", |parts, ops| {
            rotate(parts, ops, &AttentionSpec { layer: 1, ..attention(0) })
        }),
        ("heads of another width", |parts, ops| {
            rotate(parts, ops, &AttentionSpec { head_dim: 4, heads: 12, ..attention(0) });
        }),
        ("heads that key heads do not divide", |parts, ops| {
            rotate(parts, ops, &AttentionSpec { heads: 5, ..attention(0) });
        }),
        ("no key heads", |parts, ops| {
            rotate(parts, ops, &AttentionSpec { kv_heads: 0, heads: 8, ..attention(0) })
        }),
        ("a window of nothing", |parts, ops| {
            rotate(parts, ops, &AttentionSpec { window: Some(0), ..attention(0) });
        }),
    ];
    let backend = S::open();
    let parts = Parts {
        table: random_linear(&backend, 1, VOCAB, HIDDEN),
        wide: random_linear(&backend, 2, VOCAB - 1, HIDDEN),
        norm: backend.vector(&[1.0; HIDDEN]).unwrap(),
        frequencies: backend.vector(&[1.0; 4]).unwrap(),
        router: random_linear(&backend, 3, 3, HIDDEN),
        gate_up: random_linear(&backend, 4, 2 * 8, HIDDEN),
        down: random_linear(&backend, 5, HIDDEN, 8),
    };
    let bucket = Bucket { max_tokens: 4, max_rows: 4 };
    for (name, script) in scripts {
        let error =
            backend.record(&Scripted(|ops: &mut dyn Ops<S::Backend>| script(&parts, ops)), bucket).err();
        assert_eq!(error.unwrap_or_else(|| panic!("{name} was taken")).code(), "invalid_input", "{name}");
    }
    let fitting = |ops: &mut dyn Ops<S::Backend>| rotate(&parts, ops, &attention(0));
    let plan = backend.record(&Scripted(fitting), bucket).unwrap();
    backend.memory(budget::<S>()).unwrap().map().unwrap();
    let mut inputs = single(0, 1, &[1]);
    inputs.sequences[0].blocks.truncate(1);
    inputs.hidden_tokens = vec![0];
    let error = backend.forward(&plan, &inputs).err().expect("hidden states of a plan that records none");
    assert_eq!(error.code(), "invalid_input");
    let headless = |ops: &mut dyn Ops<S::Backend>| {
        let x = ops.embed(&parts.table, 1.0);
        ops.hidden(x, &parts.norm, 1e-6);
    };
    let plan = backend.record(&Scripted(headless), bucket).unwrap();
    assert_eq!(backend.forward(&plan, &inputs).err().expect("rows without a head").code(), "invalid_input");
    inputs.logit_tokens.clear();
    let step = backend.forward(&plan, &inputs).unwrap();
    assert_eq!(backend.collect(step).unwrap().hidden[0].len(), HIDDEN);
    // Whose sizes no number holds: in one product, in one sum, in the logits.
    for bucket in [
        Bucket { max_tokens: usize::MAX / HIDDEN + 2, max_rows: 4 },
        Bucket { max_tokens: usize::MAX / HIDDEN / 2, max_rows: 4 },
        Bucket { max_tokens: 4, max_rows: usize::MAX / VOCAB + 2 },
    ] {
        let error = backend.record(&Scripted(fitting), bucket).err().expect("a refusal");
        assert_eq!(error.code(), "out_of_memory", "{bucket:?}");
    }
}
