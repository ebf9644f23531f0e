//! Text that a grammar leaves no choice in is taken without a forward pass for each token.

use crate::common;

use std::sync::Arc;

use common::{Answer, EOS, Harness, fake_model, full_attention, read, spec};
use conduit_engine::{
    Encode, EngineOptions, FinishReason, GrammarSpec, ModelSpec, Request, Sampling, TokenBytes, Vocabulary,
};
use conduit_testkit::fake_backend::FakeOptions;
use serde_json::json;

fn harness(step_tokens: usize, max_model_concurrency: usize) -> Harness {
    let options = EngineOptions { step_tokens, ..EngineOptions::default() };
    let harness = Harness::new(16, FakeOptions::default(), options);
    let tokens = (0..=255).map(|byte| TokenBytes::Text(vec![byte])).collect();
    // Only a tokenizer that can encode lets text be forced.
    let encode: Encode = Arc::new(|text| text.bytes().map(u32::from).collect());
    let vocabulary = Arc::new(Vocabulary::new(tokens, &[EOS], Some(encode)).unwrap());
    let spec = spec("full", fake_model(vec![full_attention()]), 1_024, max_model_concurrency);
    harness.engine.add_model(ModelSpec { vocabulary, ..spec }).unwrap();
    harness
}

fn request(seed: u64) -> Request {
    let schema = json!({
        "type": "object",
        "properties": {
            "a_rather_long_name_for_a_flag": { "type": "boolean" },
            "another_name_that_is_longer_than_a_block_of_tokens": { "enum": ["first", "second"] },
            "number": { "type": "integer", "minimum": 0, "maximum": 9 },
        },
        "required": ["a_rather_long_name_for_a_flag", "another_name_that_is_longer_than_a_block_of_tokens", "number"],
        "additionalProperties": false,
    });
    let sampling = Sampling { temperature: 1.5, ..Sampling::default() };
    let grammar = Some(Arc::new(GrammarSpec::JsonSchema(schema)));
    Request { prompt: (0..40).collect(), sampling, seed: Some(seed), grammar, ..Request::default() }
}

fn answers(harness: &Harness, requests: impl Iterator<Item = Request>) -> Vec<Answer> {
    let generations: Vec<_> =
        requests.map(|request| harness.engine.submit("full", request).unwrap()).collect();
    generations.into_iter().map(read).collect()
}

#[test]
fn forced_tokens_are_those_that_their_masks_would_have_given() {
    for (step_tokens, concurrency) in [(256, 1), (5, 1), (7, 4), (256, 8)] {
        let harness = harness(step_tokens, concurrency);
        let steps = harness.backend.steps();
        let forced = answers(&harness, (0..24).map(request));
        let forced_steps = harness.backend.steps() - steps;
        // Where probabilities are asked for each token has its own row.
        let masked = answers(&harness, (0..24).map(|seed| Request { logprobs: Some(0), ..request(seed) }));
        let masked_steps = harness.backend.steps() - steps - forced_steps;
        assert_eq!(forced, masked);
        // All but the first letter of an enum, a bool or a number can be told beforehand.
        let forced_tokens = |answer: &Answer| answer.end.as_ref().unwrap().1.forced_tokens;
        assert!(forced.iter().all(|answer| (100..answer.tokens.len()).contains(&forced_tokens(answer))));
        assert!(masked.iter().all(|answer| forced_tokens(answer) == 0));
        assert!(forced.iter().all(|answer| answer.end.as_ref().unwrap().0 == FinishReason::Stop));
        println!("step of {step_tokens}, batch of {concurrency}: {forced_steps} steps for {masked_steps}");
        assert!(step_tokens < 10 || forced_steps * 3 < masked_steps, "{forced_steps} for {masked_steps}");
        if (step_tokens, concurrency) == (256, 1) {
            // Once an answer has had forced tokens, they go into a step together with the token before them.
            let chosen = |answer: &Answer| answer.tokens.len() - forced_tokens(answer);
            let most: usize = forced.iter().map(|answer| chosen(answer) + 1).sum();
            assert!(forced_steps <= most as u64, "{forced_steps} steps for at most {most}");
        }
        harness.close();
    }
}

#[test]
fn forced_tokens_count_for_penalties() {
    let harness = harness(256, 4);
    let penalized = |seed| {
        let sampling = Sampling {
            temperature: 1.5,
            repetition_penalty: 1.4,
            frequency_penalty: 1.5,
            presence_penalty: 0.5,
            ..Sampling::default()
        };
        Request { sampling, ..request(seed) }
    };
    let forced = answers(&harness, (0..24).map(penalized));
    let masked = answers(&harness, (0..24).map(|seed| Request { logprobs: Some(0), ..penalized(seed) }));
    assert_eq!(forced, masked);
    assert_ne!(forced, answers(&harness, (0..24).map(request)));
    harness.close();
}

#[test]
fn a_token_limit_inside_a_forced_run_is_still_length() {
    let harness = harness(256, 4);
    let whole = answers(&harness, [request(1)].into_iter()).remove(0);
    for max_tokens in 1..whole.tokens.len() {
        let limited = Request { max_tokens: Some(max_tokens), ..request(1) };
        let answer = answers(&harness, [limited].into_iter()).remove(0);
        let (reason, usage) = answer.end.unwrap();
        assert_eq!((reason, usage.completion_tokens), (FinishReason::Length, max_tokens));
        assert_eq!(answer.tokens, whole.tokens[..max_tokens]);
    }
    harness.close();
}

#[test]
fn a_stop_token_inside_a_forced_run_ends_the_answer() {
    let harness = harness(256, 4);
    let stop = Request { stop_tokens: vec![u32::from(b'l')], ..request(1) };
    let answer = answers(&harness, [stop].into_iter()).remove(0);
    let text: Vec<u8> = answer.tokens.iter().map(|&token| token as u8).collect();
    assert_eq!(text, b"{\"a_rather_");
    assert_eq!(answer.end.unwrap().0, FinishReason::Stop);
    harness.close();
}
