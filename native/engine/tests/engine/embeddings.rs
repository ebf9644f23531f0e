//! Embeddings: the same whatever shares the batch, however the prompt is cut, and wherever it was computed before.

use crate::common;

use std::time::Duration;

use common::{
    Harness, Random, VOCAB_SIZE, embedding_reference, fake_model, full_attention, read, reference,
    wide_attention, window,
};
use conduit_engine::{Embedding, EmbeddingRequest, EngineOptions, Pooling, Request, SubmitError};
use conduit_testkit::fake_backend::{FakeOptions, HIDDEN_SIZE};

const POOLINGS: [Pooling; 3] = [Pooling::Last, Pooling::First, Pooling::Mean];

fn prompt(random: &mut Random, tokens: usize) -> Vec<u32> {
    (0..tokens).map(|_| random.below(VOCAB_SIZE) as u32).collect()
}

fn raw(inputs: Vec<Vec<u32>>, pooling: Pooling) -> EmbeddingRequest {
    EmbeddingRequest { inputs, pooling, normalize: false, ..EmbeddingRequest::default() }
}

fn vectors(embeddings: Vec<Embedding>) -> Vec<Vec<f32>> {
    embeddings.into_iter().map(|embedding| embedding.blocking_get().unwrap().vector).collect()
}

#[test]
fn every_pooling_is_that_of_a_quiet_decoder_beside_answers_and_under_pressure() {
    let groups = [full_attention(), window(20)];
    let options = EngineOptions { step_tokens: 7, ..EngineOptions::default() };
    let harness = Harness::new(2, FakeOptions::default(), options);
    harness.add_endless("both", fake_model(groups.to_vec()), 300, 5);
    let mut random = Random(1);
    let opening = prompt(&mut random, 70);
    let request = Request {
        prompt: opening.clone(),
        max_tokens: Some(150),
        seed: Some(1),
        ignore_eos: true,
        ..Request::default()
    };
    for pooling in POOLINGS {
        let answer = harness.engine.submit("both", request.clone()).unwrap();
        let inputs: Vec<_> = [1, 15, 16, 17, 33, 200, 230]
            .map(|tokens| [opening.clone(), prompt(&mut random, tokens)].concat())
            .into();
        let embeddings = harness.engine.embed("both", raw(inputs.clone(), pooling)).unwrap();
        for (input, vector) in inputs.iter().zip(vectors(embeddings)) {
            assert_eq!(
                vector,
                embedding_reference(&groups, input, pooling),
                "{pooling:?} of {}",
                input.len()
            );
        }
        assert_eq!(read(answer), reference(&groups, &request, 300));
    }
    harness.close();
}

#[test]
fn only_the_last_token_is_served_by_what_was_computed_before() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add("full", fake_model(vec![full_attention()]), 128, 2);
    let input = prompt(&mut Random(2), 100);
    for (pooling, cached) in
        [(Pooling::Last, 0), (Pooling::Last, 96), (Pooling::Mean, 0), (Pooling::First, 0)]
    {
        let mut embeddings = harness.engine.embed("full", raw(vec![input.clone()], pooling)).unwrap();
        let embedded = embeddings.remove(0).blocking_get().unwrap();
        assert_eq!(embedded.vector, embedding_reference(&[full_attention()], &input, pooling));
        let usage = embedded.usage;
        assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens), (100, 0, cached));
        harness.wait_idle("full");
    }
    harness.close();
}

#[test]
fn a_prompt_that_is_pushed_back_counts_each_token_once() {
    // Eight pages; the answer comes to need all of them while the prompt beside it is computed token by token.
    let options = EngineOptions { step_tokens: 1, expected_answer_tokens: 0, ..EngineOptions::default() };
    let harness = Harness::new(2, FakeOptions::default(), options);
    harness.add_endless("wide", fake_model(vec![wide_attention()]), 128, 2);
    let mut random = Random(3);
    let request = Request {
        prompt: vec![1],
        max_tokens: Some(120),
        seed: Some(1),
        ignore_eos: true,
        ..Request::default()
    };
    // The answer may be over before the prompt has come.
    let pushed_back = || harness.engine.status("wide").unwrap().totals.pushed_back;
    for pooling in POOLINGS.into_iter().cycle().take(50 * POOLINGS.len()) {
        let input = prompt(&mut random, 90);
        let answer = harness.engine.submit("wide", request.clone()).unwrap();
        let embeddings = harness.engine.embed("wide", raw(vec![input.clone()], pooling)).unwrap();
        let expected = embedding_reference(&[wide_attention()], &input, pooling);
        assert_eq!(vectors(embeddings), [expected], "{pooling:?}");
        assert_eq!(read(answer), reference(&[wide_attention()], &request, 128));
        if pushed_back() >= POOLINGS.len() as u64 {
            break;
        }
    }
    harness.wait_idle("wide");
    assert!(pushed_back() > 0, "nothing was pushed back");
    harness.close();
}

#[test]
fn vectors_have_length_one_and_as_many_features_as_asked_for() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add("full", fake_model(vec![full_attention()]), 64, 2);
    let whole = embedding_reference(&[full_attention()], &[5, 6, 7], Pooling::Last);
    for dimensions in [None, Some(1), Some(3), Some(HIDDEN_SIZE)] {
        let request =
            EmbeddingRequest { inputs: vec![vec![5, 6, 7]], dimensions, ..EmbeddingRequest::default() };
        let vector = vectors(harness.engine.embed("full", request).unwrap()).remove(0);
        let kept = &whole[..dimensions.unwrap_or(HIDDEN_SIZE)];
        let length = kept.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let expected: Vec<_> = kept.iter().map(|value| (f64::from(*value) / length) as f32).collect();
        assert_eq!(vector, expected);
    }
    harness.close();
}

#[test]
fn what_cannot_be_embedded_is_refused_and_nothing_is_computed() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add("full", fake_model(vec![full_attention()]), 64, 2);
    let refused = |model: &str, request| harness.engine.embed(model, request).unwrap_err();
    let last = |inputs| raw(inputs, Pooling::Last);
    assert_eq!(refused("none", last(vec![vec![1]])).code(), "model_not_found");
    assert_eq!(refused("full", last(vec![vec![1], vec![]])), SubmitError::EmptyInput { index: 1 });
    let error = refused("full", last(vec![vec![1; 64], vec![1; 65]]));
    assert_eq!(error, SubmitError::InputTooLong { index: 1, tokens: 65, max_model_len: 64 });
    assert_eq!(error.code(), "context_length_exceeded");
    assert_eq!(refused("full", last(vec![vec![VOCAB_SIZE as u32]])).code(), "invalid_token");
    for dimensions in [0, HIDDEN_SIZE + 1] {
        let request = EmbeddingRequest { dimensions: Some(dimensions), ..last(vec![vec![1]]) };
        assert_eq!(
            refused("full", request),
            SubmitError::InvalidDimensions { dimensions, hidden_size: HIDDEN_SIZE }
        );
    }
    assert_eq!(harness.backend.steps(), 0);
    assert_eq!(vectors(harness.engine.embed("full", last(vec![vec![1; 64]])).unwrap()).len(), 1);
    assert!(harness.engine.embed("full", last(Vec::new())).unwrap().is_empty());
    harness.close();
}

#[test]
fn a_batch_is_taken_where_one_has_a_place_and_dropping_it_frees_its_pages() {
    let slow = FakeOptions { step_duration: Duration::from_millis(2), ..FakeOptions::default() };
    let harness =
        Harness::new(4, slow, EngineOptions { queue_limit: 2, step_tokens: 16, ..EngineOptions::default() });
    harness.add("full", fake_model(vec![full_attention()]), 512, 1);
    let input = prompt(&mut Random(4), 500);
    let batch = || raw(vec![input.clone(); 5], Pooling::Mean);
    let first = harness.engine.embed("full", batch()).unwrap();
    assert_eq!(harness.engine.embed("full", batch()).unwrap_err().code(), "queue_full");
    harness.wait_until("full", |status| status.pages_in_use > 0);
    drop(first);
    harness.wait_idle("full");
    assert_eq!(harness.engine.status("full").unwrap().pages_in_use, 0);
    assert_eq!(vectors(harness.engine.embed("full", raw(vec![vec![1]; 5], Pooling::Last)).unwrap()).len(), 5);
    harness.close();
}
