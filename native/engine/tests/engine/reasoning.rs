//! Answers that a grammar holds only once the model has reasoned, over a vocabulary of bytes.

use crate::common;

use std::sync::Arc;

use common::{Answer, EOS, Harness, VOCAB_SIZE, fake_model, full_attention, read, spec};
use conduit_engine::{
    EngineOptions, FinishReason, GrammarSpec, ModelSpec, Reasoning, Request, Sampling, SubmitError,
    TokenBytes, Vocabulary,
};
use conduit_testkit::fake_backend::FakeOptions;
use serde_json::{Value, json};

const START: u32 = 301;
const END: u32 = 302;
/// Two line breaks in one token, as many vocabularies have them.
const TWO_LINE_BREAKS: u32 = 256;
const LINE_BREAK: u32 = b'\n' as u32;

fn harness(max_model_concurrency: usize) -> Harness {
    let harness = Harness::new(64, FakeOptions::default(), EngineOptions::default());
    let tokens = (0..=255).map(|byte| TokenBytes::Text(vec![byte]));
    let tokens = tokens.chain([TokenBytes::Text(b"\n\n".to_vec())]).collect();
    let vocabulary = Arc::new(Vocabulary::new(tokens, &[EOS], None).unwrap());
    let spec = spec("full", fake_model(vec![full_attention()]), 4_096, max_model_concurrency);
    harness.engine.add_model(ModelSpec { vocabulary, ..spec }).unwrap();
    harness
}

fn schema() -> Value {
    json!({ "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"], "additionalProperties": false })
}

fn request(begun: Option<bool>, seed: u64) -> Request {
    Request {
        prompt: vec![1, 2, 3],
        sampling: Sampling { temperature: 4.0, ..Sampling::default() },
        seed: Some(seed),
        grammar: Some(Arc::new(GrammarSpec::JsonSchema(schema()))),
        reasoning: begun.map(|begun| Reasoning { start: START, end: END, begun }),
        ..Request::default()
    }
}

fn answers(harness: &Harness, requests: impl Iterator<Item = Request>) -> Vec<Answer> {
    let running: Vec<_> = requests.map(|request| harness.engine.submit("full", request).unwrap()).collect();
    running.into_iter().map(read).collect()
}

/// The tokens of the reasoning, its end included, and those of the answer.
fn split(answer: &Answer) -> (&[u32], &[u32]) {
    let end = answer.tokens.iter().position(|&token| token == END).expect("the reasoning ends");
    answer.tokens.split_at(end + 1)
}

fn is_answer(tokens: &[u32]) -> bool {
    let text: String = tokens.iter().map(|&token| char::from(token as u8)).collect();
    text == r#"{"ok":true}"# || text == r#"{"ok":false}"#
}

fn line_breaks(tokens: &[u32]) -> usize {
    let count = |token: &u32| match *token {
        LINE_BREAK => Some(1),
        TWO_LINE_BREAKS => Some(2),
        _ => None,
    };
    tokens.iter().map_while(count).sum()
}

/// Checks what follows the reasoning, and gives the line breaks before the answer.
fn check_rest(rest: &[u32]) -> usize {
    let answer = rest.iter().copied().skip_while(|token| [LINE_BREAK, TWO_LINE_BREAKS].contains(token));
    assert!(is_answer(&answer.collect::<Vec<_>>()), "{rest:?}");
    line_breaks(rest)
}

#[test]
fn reasoning_that_the_prompt_began_is_free_and_the_answer_behind_it_is_not() {
    let harness = harness(8);
    let stop_token = 310;
    let request = |seed| Request { stop_tokens: vec![stop_token], ..request(Some(true), seed) };
    let mut seen = [0; 3];
    let mut free = Vec::new();
    for answer in answers(&harness, (0..48).map(request)) {
        let (reason, usage) = *answer.end.as_ref().unwrap();
        assert_eq!((reason, usage.completion_tokens), (FinishReason::Stop, answer.tokens.len()));
        let (reasoning, rest) = split(&answer);
        assert!(![EOS, stop_token].iter().any(|end| reasoning.contains(end)), "an end inside the reasoning");
        seen[check_rest(rest)] += 1;
        free.extend_from_slice(reasoning);
    }
    assert!(
        (0..VOCAB_SIZE as u32).filter(|token| free.contains(token)).count() > 300,
        "{} tokens",
        free.len()
    );
    assert!(seen[0] > 0 && seen[2] > 0, "line breaks before answers: {seen:?}");
    harness.close();
}

#[test]
fn a_model_that_may_reason_does_so_with_its_first_token_or_not_at_all() {
    let harness = harness(8);
    let answers = answers(&harness, (0..48).map(|seed| request(Some(false), seed)));
    let (thinking, direct): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.tokens[0] == START);
    assert!(!thinking.is_empty() && !direct.is_empty(), "{} of 48 reason", thinking.len());
    for answer in thinking {
        check_rest(split(answer).1);
    }
    assert!(direct.iter().all(|answer| is_answer(&answer.tokens)));
    harness.close();
}

#[test]
fn without_reasoning_the_grammar_holds_from_the_first_token() {
    let harness = harness(8);
    assert!(
        answers(&harness, (0..8).map(|seed| request(None, seed)))
            .iter()
            .all(|answer| is_answer(&answer.tokens))
    );
    harness.close();
}

#[test]
fn a_limit_inside_the_reasoning_is_a_length() {
    let harness = harness(4);
    let limited = |seed| Request { max_tokens: Some(2), ..request(Some(true), seed) };
    for answer in answers(&harness, (0..8).map(limited)) {
        assert_eq!((answer.tokens.len(), answer.end.unwrap().0), (2, FinishReason::Length));
    }
    harness.close();
}

#[test]
fn what_shares_the_batch_makes_no_difference() {
    let harness = harness(6);
    let mixed = |seed: u64| match seed % 4 {
        0 => request(Some(true), seed),
        1 => request(Some(false), seed),
        2 => request(None, seed),
        _ => Request { grammar: None, max_tokens: Some(40), ..request(Some(true), seed) },
    };
    let together = answers(&harness, (0..24).map(mixed));
    let alone: Vec<_> = (0..24).flat_map(|seed| answers(&harness, [mixed(seed)].into_iter())).collect();
    assert_eq!(together, alone);
    harness.close();
}

#[test]
fn markers_outside_the_vocabulary_are_refused() {
    let harness = harness(1);
    let reasoning = Reasoning { start: START, end: VOCAB_SIZE as u32, begun: true };
    let request = Request { reasoning: Some(reasoning), ..request(None, 1) };
    let error = harness.engine.submit("full", request).unwrap_err();
    assert_eq!(error, SubmitError::InvalidToken { token: VOCAB_SIZE as u32, vocab_size: VOCAB_SIZE });
    harness.close();
}
