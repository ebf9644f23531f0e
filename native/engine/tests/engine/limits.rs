//! What is refused, what waits, and what comes back when a reader goes or the device fails.

use crate::common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Harness, VOCAB_SIZE, fake_model, full_attention, read, spec, wide_attention};
use conduit_engine::{AddModelError, EngineOptions, Event, FinishReason, Request, Sampling, SubmitError};
use conduit_testkit::fake_backend::{FakeOptions, Fault, FaultPoint};

fn slow() -> FakeOptions {
    FakeOptions { step_duration: Duration::from_millis(2), ..FakeOptions::default() }
}

fn request(prompt_tokens: usize, max_tokens: usize) -> Request {
    Request {
        prompt: (0..prompt_tokens as u32).map(|token| token % VOCAB_SIZE as u32).collect(),
        max_tokens: Some(max_tokens),
        seed: Some(1),
        ..Request::default()
    }
}

#[test]
fn what_cannot_be_served_is_refused_when_it_is_submitted() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("full", fake_model(vec![full_attention()]), 64, 2);
    let refused = |model: &str, request: Request| harness.engine.submit(model, request).unwrap_err();

    assert_eq!(refused("none", request(1, 1)).code(), "model_not_found");
    assert_eq!(refused("full", request(0, 1)), SubmitError::EmptyPrompt);
    assert_eq!(
        refused("full", request(64, 1)),
        SubmitError::PromptTooLong { prompt_tokens: 64, max_model_len: 64 }
    );
    let vocab_size = VOCAB_SIZE;
    let outside = Request { prompt: vec![vocab_size as u32], ..request(1, 1) };
    assert_eq!(refused("full", outside), SubmitError::InvalidToken { token: vocab_size as u32, vocab_size });
    assert_eq!(refused("full", request(1, 0)).code(), "invalid_value");
    for sampling in [
        Sampling { temperature: -1.0, ..Sampling::default() },
        Sampling { temperature: f32::NAN, ..Sampling::default() },
        Sampling { top_p: 0.0, ..Sampling::default() },
        Sampling { min_p: 1.1, ..Sampling::default() },
        Sampling { repetition_penalty: 0.0, ..Sampling::default() },
        Sampling { repetition_penalty: f32::INFINITY, ..Sampling::default() },
        Sampling { frequency_penalty: 2.1, ..Sampling::default() },
        Sampling { presence_penalty: f32::NAN, ..Sampling::default() },
        Sampling { logit_bias: Some(Arc::new(BTreeMap::from([(1, -100.5)]))), ..Sampling::default() },
        Sampling { logit_bias: Some(Arc::new(BTreeMap::from([(1, f32::NAN)]))), ..Sampling::default() },
        Sampling {
            logit_bias: Some(Arc::new(BTreeMap::from([(vocab_size as u32, 1.0)]))),
            ..Sampling::default()
        },
        Sampling {
            logit_bias: Some(Arc::new((0..1025).map(|token| (token, 1.0)).collect())),
            ..Sampling::default()
        },
    ] {
        let code = refused("full", Request { sampling: sampling.clone(), ..request(1, 1) }).code();
        assert_eq!(code, "invalid_value", "{sampling:?}");
    }
    harness.close();
}

#[test]
fn an_answer_is_cut_at_max_model_len() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("full", fake_model(vec![full_attention()]), 64, 2);
    let answer = read(harness.engine.submit("full", request(60, 1_000)).unwrap());
    assert_eq!((answer.tokens.len(), answer.end.unwrap().0), (4, FinishReason::Length));
    harness.close();
}

#[test]
fn models_that_do_not_fit_are_not_taken() {
    let harness = Harness::new(2, FakeOptions::default(), EngineOptions::default());
    let add = |spec| harness.engine.add_model(spec).unwrap_err();
    let wide = || fake_model(vec![wide_attention()]);
    assert!(matches!(
        add(spec("wide", wide(), 16 * 8 + 1, 1)),
        AddModelError::CacheTooSmall { needed_bytes, available_bytes, .. }
            if (needed_bytes, available_bytes) == (96 << 20, 64 << 20)
    ));
    assert!(matches!(add(spec("wide", wide(), (1 << 20) + 1, 1)), AddModelError::InvalidSpec { .. }));
    assert!(matches!(add(spec("wide", wide(), 16, 0)), AddModelError::InvalidSpec { .. }));
    harness.add_endless("wide", wide(), 16 * 8, 1);
    assert!(matches!(add(spec("wide", wide(), 16, 1)), AddModelError::Duplicate(_)));
    harness.close();
}

#[test]
fn a_full_queue_refuses_and_a_free_place_takes_again() {
    let harness = Harness::new(4, slow(), EngineOptions { queue_limit: 2, ..EngineOptions::default() });
    harness.add_endless("full", fake_model(vec![full_attention()]), 512, 1);
    let first = harness.engine.submit("full", request(1, 500)).unwrap();
    harness.wait_until("full", |status| status.running == 1);
    let waiting: Vec<_> = (0..2).map(|_| harness.engine.submit("full", request(1, 2)).unwrap()).collect();
    let full = harness.engine.submit("full", request(1, 2)).unwrap_err();
    assert_eq!(full, SubmitError::QueueFull { limit: 2, retry_after_seconds: 1 });
    assert_eq!(full.retry_after_seconds(), Some(1));
    drop(first);
    for generation in waiting {
        assert_eq!(read(generation).tokens.len(), 2);
    }
    assert_eq!(read(harness.engine.submit("full", request(1, 3)).unwrap()).tokens.len(), 3);
    harness.close();
}

#[test]
fn dropping_a_generation_frees_its_pages_within_steps() {
    let harness = Harness::new(1, slow(), EngineOptions::default());
    harness.add_endless("wide", fake_model(vec![wide_attention()]), 64, 4);
    let mut first = harness.engine.submit("wide", request(1, 63)).unwrap();
    // The memory holds one such request, so the second one waits for the first one's pages.
    let second = harness.engine.submit("wide", request(1, 63)).unwrap();
    assert!(matches!(first.blocking_next(), Some(Event::Token { .. })));
    let steps = harness.backend.steps();
    drop(first);
    let mut second_events = second;
    assert!(matches!(second_events.blocking_next(), Some(Event::Token { .. })));
    assert!(harness.backend.steps() - steps <= 6, "{} steps", harness.backend.steps() - steps);
    drop(second_events);
    harness.wait_idle("wide");
    harness.close();
}

#[test]
fn memory_flows_to_the_model_that_has_the_traffic() {
    let harness = Harness::new(2, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("full", fake_model(vec![full_attention()]), 2_048, 1);
    harness.add_endless("wide", fake_model(vec![wide_attention()]), 128, 1);
    for _ in 0..3 {
        // Each takes all of the memory.
        for (model, request) in [("full", request(2_000, 48)), ("wide", request(100, 28))] {
            let expected = request.max_tokens;
            let answer = read(harness.engine.submit(model, request).unwrap());
            assert_eq!((Some(answer.tokens.len()), answer.end.is_ok()), (expected, true));
        }
    }
    harness.close();
}

#[test]
fn an_idle_model_waits_for_companions() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    let batch_wait = Duration::from_secs(1);
    let patient =
        conduit_engine::ModelSpec { batch_wait, ..spec("full", fake_model(vec![full_attention()]), 64, 2) };
    harness.engine.add_model(patient).unwrap();

    let start = Instant::now();
    read(harness.engine.submit("full", request(4, 4)).unwrap());
    assert!(start.elapsed() >= batch_wait);

    let start = Instant::now();
    let both = [0, 1].map(|_| harness.engine.submit("full", request(4, 4)).unwrap());
    both.into_iter().for_each(|generation| drop(read(generation)));
    assert!(start.elapsed() < batch_wait, "a full batch does not wait");
    harness.close();
}

#[test]
fn a_device_failure_ends_every_request_with_its_reason() {
    for point in [FaultPoint::Forward, FaultPoint::Sample, FaultPoint::Collect] {
        let options = FakeOptions { fault: Some(Fault { step: 5, point }), ..slow() };
        let harness = Harness::new(8, options, EngineOptions::default());
        harness.add_endless("full", fake_model(vec![full_attention()]), 64, 2);
        harness.add_endless("wide", fake_model(vec![wide_attention()]), 64, 2);
        let generations: Vec<_> = (0..6)
            .map(|index| harness.engine.submit(["full", "wide"][index % 2], request(4, 50)).unwrap())
            .collect();
        for generation in generations {
            let error = read(generation).end.unwrap_err();
            assert_eq!(error.code, "device_failure");
            assert!(error.message.contains("injected fault at step"), "{error}");
        }
        assert!(harness.engine.failure().unwrap().contains("injected fault"));
        let refused = harness.engine.submit("full", request(4, 4)).unwrap_err();
        assert_eq!(refused.code(), "engine_unhealthy");
        assert!(matches!(
            harness.engine.add_model(spec("late", fake_model(vec![full_attention()]), 64, 1)),
            Err(AddModelError::Unhealthy { .. })
        ));
        harness.close();
    }
}

#[test]
fn stop_tokens_and_ends_are_counted_and_not_shown() {
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("full", fake_model(vec![full_attention()]), 64, 1);
    let everything = Request { stop_tokens: (0..VOCAB_SIZE as u32).collect(), ..request(3, 9) };
    let answer = read(harness.engine.submit("full", everything).unwrap());
    let (reason, usage) = answer.end.unwrap();
    assert_eq!((answer.tokens.len(), reason, usage.completion_tokens), (0, FinishReason::Stop, 1));
    harness.close();
}
