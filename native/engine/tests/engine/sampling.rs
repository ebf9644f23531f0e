//! What a request says about the end of its answer, and what it is told about its tokens.

use crate::common;

use common::{Answer, EOS, Harness, VOCAB_SIZE, fake_model, full_attention, read, reference};
use conduit_engine::{EngineOptions, Event, Logprobs, Request, Sampling};
use conduit_testkit::fake_backend::{FakeOptions, ReferenceDecoder};

fn harness() -> Harness {
    let harness = Harness::new(8, FakeOptions::default(), EngineOptions::default());
    harness.add("full", fake_model(vec![full_attention()]), 512, 8);
    harness
}

fn request(seed: u64) -> Request {
    let sampling = Sampling { temperature: 1.5, ..Sampling::default() };
    Request {
        prompt: vec![1, 2, 3],
        max_tokens: Some(200),
        sampling,
        seed: Some(seed),
        // Every tenth token or so ends an answer.
        stop_tokens: (0..30).collect(),
        ..Request::default()
    }
}

fn answers(harness: &Harness, requests: &[Request]) -> Vec<Answer> {
    let submit = |request: &Request| harness.engine.submit("full", request.clone()).unwrap();
    let generations: Vec<_> = requests.iter().map(submit).collect();
    generations.into_iter().map(read).collect()
}

#[test]
fn no_answer_ends_before_min_tokens() {
    let harness = harness();
    let requests: Vec<_> = (0..30).map(|seed| Request { min_tokens: 40, ..request(seed) }).collect();
    for (request, answer) in requests.iter().zip(answers(&harness, &requests)) {
        assert!(answer.tokens.len() >= 40);
        assert_eq!(answer, reference(&[full_attention()], request, 512));
    }
    let everything = Request { stop_tokens: (0..VOCAB_SIZE as u32).collect(), min_tokens: 1, ..request(1) };
    assert_eq!(harness.engine.submit("full", everything).unwrap_err().code(), "invalid_value");
    let too_many = Request { min_tokens: 201, ..request(1) };
    assert_eq!(harness.engine.submit("full", too_many).unwrap_err().code(), "invalid_value");
    harness.close();
}

#[test]
fn the_models_own_ends_can_be_ignored() {
    let harness = harness();
    let free = |seed| Request { stop_tokens: Vec::new(), max_tokens: Some(500), ..request(seed) };
    let requests: Vec<_> = (0..12).map(|seed| Request { ignore_eos: true, ..free(seed) }).collect();
    let all = answers(&harness, &requests);
    assert!(all.iter().all(|answer| answer.tokens.len() == 500));
    assert!(all.iter().any(|answer| answer.tokens.contains(&EOS)));
    for (request, answer) in requests.iter().zip(all) {
        assert_eq!(answer, reference(&[full_attention()], request, 512));
    }
    harness.close();
}

#[test]
fn logprobs_are_those_of_the_model_before_penalties_temperature_and_mask() {
    let harness = harness();
    let sampling = Sampling { repetition_penalty: 1.5, frequency_penalty: 1.0, ..request(3).sampling };
    let request = Request { logprobs: Some(5), sampling, min_tokens: 30, max_tokens: Some(30), ..request(3) };
    let told = |mut generation: conduit_engine::Generation| {
        let mut told: Vec<(u32, Logprobs)> = Vec::new();
        while let Some(event) = generation.blocking_next() {
            if let Event::Token { id, logprobs } = event {
                told.push((id, *logprobs.expect("they were asked for")));
            }
        }
        told
    };
    let alone = told(harness.engine.submit("full", request.clone()).unwrap());
    assert_eq!(alone.len(), 30);
    let mut decoder = ReferenceDecoder::new(&[full_attention()], VOCAB_SIZE);
    request.prompt.iter().for_each(|&token| decoder.push(token));
    for (token, logprobs) in &alone {
        let logits = decoder.logits();
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        let expected = |token: u32| (f64::from(logits[token as usize]) - sum.ln()) as f32;
        assert!((logprobs.logprob - expected(*token)).abs() < 1e-5);
        assert!(logprobs.top.iter().all(|top| (top.logprob - expected(top.token)).abs() < 1e-5));
        assert!(logprobs.top.is_sorted_by(|a, b| a.logprob >= b.logprob) && logprobs.top.len() == 5);
        decoder.push(*token);
    }
    // Whatever shares the batch, and whatever is cached.
    let others: Vec<_> =
        (4..10).map(|seed| harness.engine.submit("full", self::request(seed)).unwrap()).collect();
    assert_eq!(told(harness.engine.submit("full", request).unwrap()), alone);
    others.into_iter().for_each(|other| drop(read(other)));
    harness.close();
}
