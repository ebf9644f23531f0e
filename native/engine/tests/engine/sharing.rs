//! What is computed once for several requests.

use crate::common;

use common::{Answer, Harness, fake_model, full_attention, read, reference, window};
use conduit_engine::{EngineOptions, Request, Sampling};
use conduit_testkit::fake_backend::FakeOptions;

fn harness(max_model_concurrency: usize) -> Harness {
    let harness = Harness::new(8, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("two groups", fake_model(groups()), 256, max_model_concurrency);
    harness
}

fn groups() -> Vec<conduit_backend::KvLayout> {
    vec![full_attention(), window(20)]
}

fn request(prompt: Vec<u32>, seed: u64) -> Request {
    let sampling = Sampling { temperature: 1.5, ..Sampling::default() };
    Request {
        prompt,
        max_tokens: Some(20),
        sampling,
        seed: Some(seed),
        ignore_eos: true,
        ..Request::default()
    }
}

fn cached(answer: &Answer) -> usize {
    answer.end.as_ref().unwrap().1.cached_tokens
}

#[test]
fn a_prompt_that_begins_like_an_earlier_one_computes_only_the_rest() {
    let harness = harness(4);
    let opening: Vec<u32> = (0..100).collect();
    let ask = |rest: &[u32]| {
        let request = request([&opening, rest].concat(), 3);
        let tokens = harness.backend.tokens();
        let answer = read(harness.engine.submit("two groups", request.clone()).unwrap());
        harness.wait_idle("two groups");
        assert_eq!(answer, reference(&groups(), &request, 256));
        (cached(&answer), harness.backend.tokens() - tokens)
    };
    let (first, second, again) = (ask(&[7; 10]), ask(&[8; 30]), ask(&[8; 30]));
    assert_eq!((first.0, second.0, again.0), (0, 96, 128));
    // The last token of an answer is not computed.
    assert_eq!((first.1, second.1, again.1), (110 + 19, 34 + 19, 2 + 19));
    harness.close();
}

#[test]
fn the_next_turn_of_a_chat_finds_the_answer_of_the_last_one() {
    let harness = harness(1);
    let first = request((0..40).collect(), 5);
    let answer = read(harness.engine.submit("two groups", first.clone()).unwrap());
    let next = request([first.prompt, answer.tokens, vec![1, 2, 3]].concat(), 6);
    let answer = read(harness.engine.submit("two groups", next.clone()).unwrap());
    assert_eq!(answer, reference(&groups(), &next, 256));
    assert_eq!(cached(&answer), 48);
    harness.close();
}

#[test]
fn n_copies_compute_the_prompt_once_and_diverge_only_after_it() {
    let harness = harness(8);
    let request = request((0..90).collect(), 11);
    let tokens = harness.backend.tokens();
    let copies = harness.engine.submit_copies("two groups", request.clone(), 5).unwrap();
    let answers: Vec<_> = copies.into_iter().map(read).collect();
    harness.wait_idle("two groups");
    assert_eq!(answers[0], reference(&groups(), &request, 256));
    assert_eq!(answers.iter().map(cached).collect::<Vec<_>>(), [0, 80, 80, 80, 80]);
    assert_eq!(harness.backend.tokens() - tokens, 90 + 4 * 10 + 5 * 19);
    let different: std::collections::BTreeSet<_> = answers.iter().map(|answer| &answer.tokens).collect();
    assert_eq!(different.len(), 5);

    let again = harness.engine.submit_copies("two groups", request, 5).unwrap();
    assert_eq!(again.into_iter().map(read).collect::<Vec<_>>(), answers);
    harness.close();
}

#[test]
fn copies_outlive_the_one_whose_prompt_they_share() {
    let slow = FakeOptions { step_duration: std::time::Duration::from_millis(1), ..FakeOptions::default() };
    let harness = Harness::new(8, slow, EngineOptions { step_tokens: 8, ..EngineOptions::default() });
    harness.add_endless("two groups", fake_model(groups()), 256, 4);
    let mut copies = harness.engine.submit_copies("two groups", request((0..90).collect(), 1), 3).unwrap();
    drop(copies.remove(0));
    assert!(copies.into_iter().map(read).all(|answer| answer.tokens.len() == 20));
    harness.wait_idle("two groups");
    harness.close();
}
