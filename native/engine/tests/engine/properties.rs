//! Random mixes of requests, models and memory: every answer is the one a quiet, pageless decoder gives.

use crate::common;

use std::sync::Arc;

use common::{
    Harness, Random, VOCAB_SIZE, fake_model, full_attention, read, reference, wide_attention, window,
};
use conduit_backend::KvLayout;
use conduit_engine::{EngineOptions, Request, Sampling};
use conduit_testkit::fake_backend::FakeOptions;

struct Case {
    id: &'static str,
    groups: Vec<KvLayout>,
    max_model_len: usize,
}

fn cases() -> Vec<Case> {
    vec![
        Case { id: "full", groups: vec![full_attention()], max_model_len: 96 },
        Case { id: "wide", groups: vec![wide_attention()], max_model_len: 64 },
        Case { id: "two groups", groups: vec![full_attention(), window(5)], max_model_len: 80 },
    ]
}

fn random_request(random: &mut Random, max_model_len: usize) -> Request {
    let prompt_tokens = 1 + random.below(max_model_len - 1);
    let sampling = match random.below(6) {
        0 => Sampling::GREEDY,
        1 => Sampling { temperature: 1.5, ..Sampling::default() },
        2 => Sampling { top_k: 1 + random.below(20) as u32, ..Sampling::default() },
        3 => Sampling { repetition_penalty: 1.3, presence_penalty: 0.7, ..Sampling::GREEDY },
        4 => Sampling {
            frequency_penalty: 1.2,
            logit_bias: Some(Arc::new((0..5).map(|_| (random.below(VOCAB_SIZE) as u32, 3.0)).collect())),
            ..Sampling::default()
        },
        _ => Sampling { top_p: 0.7, min_p: 0.05, ..Sampling::default() },
    };
    Request {
        prompt: (0..prompt_tokens).map(|_| random.below(VOCAB_SIZE) as u32).collect(),
        max_tokens: random.chance(70).then(|| 1 + random.below(40)),
        sampling,
        seed: Some(random.next()),
        stop_tokens: if random.chance(30) { (0..40).collect() } else { Vec::new() },
        ..Request::default()
    }
}

/// One engine with random limits, and many requests, some of which nobody waits for.
fn run_mix(seed: u64) -> u64 {
    let mut random = Random(seed);
    let options = EngineOptions { step_tokens: 1 + random.below(48), ..EngineOptions::default() };
    // From just enough for the longest sequence to plenty.
    let harness = Harness::new(2 + random.below(6) as u64, FakeOptions::default(), options);
    let cases = cases();
    for case in &cases {
        harness.add(case.id, fake_model(case.groups.clone()), case.max_model_len, 1 + random.below(8));
    }
    let mut expected = Vec::new();
    let mut abandoned = Vec::new();
    for _ in 0..40 {
        let case = &cases[random.below(cases.len())];
        let request = random_request(&mut random, case.max_model_len);
        let generation = harness.engine.submit(case.id, request.clone()).unwrap();
        if random.chance(15) {
            abandoned.push(generation);
        } else {
            expected.push((generation, reference(&case.groups, &request, case.max_model_len)));
        }
        if random.chance(30) && !abandoned.is_empty() {
            abandoned.remove(random.below(abandoned.len()));
        }
        if random.chance(20) {
            std::thread::yield_now();
        }
    }
    drop(abandoned);
    for (generation, expected) in expected {
        assert_eq!(read(generation), expected, "in the mix of seed {seed}");
    }
    for case in &cases {
        harness.wait_idle(case.id);
    }
    assert_eq!(harness.engine.failure(), None);
    let steps = harness.backend.steps();
    harness.close();
    steps
}

#[test]
fn every_answer_is_that_of_a_quiet_decoder_at_every_mix() {
    let steps: u64 = (0..80).map(run_mix).sum();
    println!("{steps} steps simulated");
    assert!(steps > 1_000);
}

#[test]
fn a_seed_gives_the_same_answer_alone_and_in_a_full_batch() {
    let request = Request {
        prompt: (0..30).collect(),
        max_tokens: Some(40),
        sampling: Sampling { temperature: 1.5, ..Sampling::default() },
        seed: Some(7),
        ..Request::default()
    };
    let answers = [1, 8].map(|companions| {
        let harness = Harness::new(16, FakeOptions::default(), EngineOptions::default());
        harness.add("full", fake_model(vec![full_attention()]), 96, 8);
        let mut random = Random(companions);
        let others: Vec<_> = (1..companions)
            .map(|_| harness.engine.submit("full", random_request(&mut random, 96)).unwrap())
            .collect();
        let answer = read(harness.engine.submit("full", request.clone()).unwrap());
        others.into_iter().for_each(|other| drop(read(other)));
        harness.close();
        answer
    });
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].tokens.len() > 5);
}
