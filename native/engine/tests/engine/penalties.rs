//! Penalties and biases: whom they count for, and what they keep from happening.

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::{Harness, VOCAB_SIZE, fake_model, full_attention, read, reference, wide_attention};
use conduit_engine::{EngineOptions, Request, Sampling};
use conduit_testkit::fake_backend::FakeOptions;

fn penalties() -> Sampling {
    Sampling { repetition_penalty: 1.3, frequency_penalty: 0.8, presence_penalty: 0.4, ..Sampling::GREEDY }
}

fn harness(fake: FakeOptions) -> Harness {
    let harness = Harness::new(8, fake, EngineOptions::default());
    harness.add_endless("full", fake_model(vec![full_attention()]), 512, 8);
    harness
}

fn request(first: u32, sampling: Sampling) -> Request {
    let prompt = (first..first + 17).collect();
    Request { prompt, max_tokens: Some(100), sampling, seed: Some(1), ignore_eos: true, ..Request::default() }
}

#[test]
fn each_request_and_each_copy_counts_for_itself() {
    let harness = harness(FakeOptions::default());
    let samplings = [
        penalties(),
        Sampling { temperature: 1.2, ..penalties() },
        Sampling::GREEDY,
        Sampling { frequency_penalty: -2.0, ..Sampling::GREEDY },
        Sampling { presence_penalty: 2.0, temperature: 0.7, top_p: 0.8, ..Sampling::GREEDY },
    ];
    let requests: Vec<_> = samplings.iter().map(|sampling| request(3, sampling.clone())).collect();
    let submit = |request: &Request| harness.engine.submit("full", request.clone()).unwrap();
    let generations: Vec<_> = requests.iter().map(submit).collect();
    for (request, generation) in requests.iter().zip(generations) {
        assert_eq!(read(generation), reference(&[full_attention()], request, 512), "{:?}", request.sampling);
    }
    // Without temperature all copies are one answer.
    let expected = reference(&[full_attention()], &requests[0], 512);
    for copy in harness.engine.submit_copies("full", requests[0].clone(), 3).unwrap() {
        assert_eq!(read(copy), expected);
    }
    harness.close();
}

#[test]
fn counts_outlive_being_pushed_back() {
    // As in the tests of pressure: requests come to need more pages than there are.
    let harness = Harness::new(4, FakeOptions::default(), EngineOptions::default());
    harness.add_endless("wide", fake_model(vec![wide_attention()]), 256, 4);
    let long = |first| Request { max_tokens: Some(200), ..request(first, penalties()) };
    let requests: Vec<_> = (0..6).map(|index| long(index * 20)).collect();
    let generations: Vec<_> =
        requests.iter().map(|request| harness.engine.submit("wide", request.clone()).unwrap()).collect();
    for (request, generation) in requests.iter().zip(generations) {
        assert_eq!(read(generation), reference(&[wide_attention()], request, 256));
    }
    assert!(harness.engine.status("wide").unwrap().totals.pushed_back > 0);
    harness.close();
}

#[test]
fn a_bias_forbids_and_commands() {
    let harness = harness(FakeOptions::default());
    let biased = |logit_bias: BTreeMap<u32, f32>| {
        let sampling =
            Sampling { temperature: 1.5, logit_bias: Some(Arc::new(logit_bias)), ..Sampling::default() };
        read(harness.engine.submit("full", request(3, sampling)).unwrap()).tokens
    };
    assert_eq!(biased(BTreeMap::from([(7, 100.0)])), [7; 100]);
    let few: BTreeSet<u32> = (0..VOCAB_SIZE as u32).filter(|token| token % 16 == 0).collect();
    let bias = (0..VOCAB_SIZE as u32).filter(|token| !few.contains(token)).map(|token| (token, -100.0));
    let tokens = biased(bias.collect());
    assert!(tokens.len() == 100 && tokens.iter().all(|token| few.contains(token)));
    harness.close();
}

#[test]
fn requests_whose_adjustments_find_no_room_fail_and_others_go_on() {
    let harness = harness(FakeOptions { most_adjustments: Some(60), ..FakeOptions::default() });
    let greedy = request(3, Sampling::GREEDY);
    let expected = reference(&[full_attention()], &greedy, 512);
    for _ in 0..3 {
        let failed = read(harness.engine.submit("full", request(3, penalties())).unwrap());
        assert_eq!(failed.end.unwrap_err().code, "out_of_memory");
        assert!(failed.tokens.len() > 10, "{} tokens", failed.tokens.len());
        let after = read(harness.engine.submit("full", greedy.clone()).unwrap());
        assert_eq!(after, expected);
    }
    assert_eq!(harness.engine.failure(), None);
    harness.close();
}

#[test]
fn the_request_whose_adjustments_are_too_many_fails_and_those_in_its_step_go_on() {
    let harness = harness(FakeOptions { most_adjustments: Some(60), ..FakeOptions::default() });
    let greedy = request(3, Sampling::GREEDY);
    // Its prompt alone is half of what there is memory for.
    let long = Request { prompt: (0..30).collect(), ..request(3, penalties()) };
    let short = Request { max_tokens: Some(20), ..request(40, penalties()) };
    let requests = [greedy.clone(), long, short.clone()];
    let submit = |request: &Request| harness.engine.submit("full", request.clone()).unwrap();
    let [greedy_answer, long_answer, short_answer] = requests.each_ref().map(submit).map(read);
    assert_eq!(long_answer.end.unwrap_err().code, "out_of_memory");
    assert_eq!(greedy_answer, reference(&[full_attention()], &greedy, 512));
    assert_eq!(short_answer, reference(&[full_attention()], &short, 512));
    assert_eq!(harness.engine.failure(), None);
    harness.close();
}
