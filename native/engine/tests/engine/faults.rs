//! What a fault of the program itself takes with it.

use crate::common;

use common::{Harness, VOCAB_SIZE, fake_model, full_attention, read, spec};
use conduit_backend::{KvLayout, Model, Ops};
use conduit_engine::{AddModelError, EngineOptions, ModelSpec, Request, Sampling};
use conduit_testkit::fake_backend::{FakeBackend, FakeOptions};

/// A model that cannot say what its cache looks like.
struct Broken;

impl Model<FakeBackend> for Broken {
    fn kv_groups(&self) -> &[KvLayout] {
        panic!("this model is broken")
    }

    fn hidden_size(&self) -> usize {
        0
    }

    fn vocab_size(&self) -> usize {
        VOCAB_SIZE
    }

    fn max_positions(&self) -> usize {
        64
    }

    fn weight_bytes(&self) -> u64 {
        0
    }

    fn record(&self, _ops: &mut dyn Ops<FakeBackend>) {}
}

#[test]
fn a_model_that_panics_takes_no_other_with_it() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add("full", fake_model(vec![full_attention()]), 64, 1);
    let broken = ModelSpec { model: Box::new(Broken), ..spec("broken", fake_model(Vec::new()), 64, 1) };
    let refused = harness.engine.add_model(broken).unwrap_err();
    assert!(matches!(&refused, AddModelError::Fault { model } if model == "broken"), "{refused}");

    let sampling = Sampling { top_k: 1, ..Sampling::default() };
    let request = Request { prompt: vec![1, 2, 3], max_tokens: Some(4), sampling, ..Request::default() };
    assert_eq!(read(harness.engine.submit("full", request).unwrap()).tokens.len(), 4);
    harness.close();
}
