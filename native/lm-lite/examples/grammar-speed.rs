//! How long grammars of JSON Schemas take, with a real vocabulary.
//!
//! `grammar-speed <tokenizer folder> < schemas.jsonl`
//!
//! Reads lines `{"name": string, "schema": <schema>, "instances": [<compact JSON text>, ...]}` and writes a line
//! `{"name", "error": string | null, "compile_ms", "mask_ms": [...], "tokens", "forced_tokens", "whole": [bool, ...]}` for
//! each. An instance is followed as an answer that the engine samples: forced tokens are taken as they come, for all others
//! the mask is computed, and of the tokens that it allows the one is taken that the tokenizer would write, or else the longest
//! that the rest of the text begins with. `whole` tells whether the text came to its end.
//!
//! Times are CPU time of the one thread that works, so that they are the same on a busy machine. Compiling counts from the
//! parsed schema to the first mask, and happens once: nothing is warm but the vocabulary. A mask counts from the token before
//! it, which the grammar takes first; the first mask of an instance counts with compiling.

#[path = "../tests/common/vocabulary.rs"]
mod vocabulary;

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use conduit_engine::{Grammar, GrammarSpec, NextToken};
use conduit_text::{EncodeOptions, Tokenizer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vocabulary::vocabulary_of;

#[derive(Deserialize)]
struct Task {
    name: String,
    schema: Value,
    instances: Vec<String>,
}

#[derive(Default, Serialize)]
struct Outcome {
    name: String,
    error: Option<String>,
    compile_ms: f64,
    mask_ms: Vec<f64>,
    tokens: usize,
    forced_tokens: usize,
    whole: Vec<bool>,
}

fn main() {
    let folder = std::env::args().nth(1).map(PathBuf::from).expect("a folder with a tokenizer");
    let tokenizer = Arc::new(Tokenizer::load(&folder).expect("a tokenizer"));
    let vocabulary = vocabulary_of(&tokenizer);
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let task: Task = serde_json::from_str(&line.expect("lines of text")).expect("a task");
        let mut outcome = Outcome { name: task.name, ..Outcome::default() };
        let start = cpu_time();
        let spec = GrammarSpec::JsonSchema(task.schema);
        match Grammar::compile(&spec, &vocabulary, tokenizer.vocab_size()) {
            Ok(grammar) => {
                outcome.compile_ms = milliseconds(cpu_time() - start);
                for instance in &task.instances {
                    let whole = follow(&grammar, &tokenizer, instance, &mut outcome);
                    outcome.whole.push(whole);
                }
            }
            Err(error) => outcome.error = Some(error.to_string()),
        }
        let line = serde_json::to_string(&outcome).expect("an outcome");
        writeln!(output, "{line}").expect("a reader");
    }
}

fn follow(grammar: &Grammar, tokenizer: &Tokenizer, text: &str, outcome: &mut Outcome) -> bool {
    let mut rest = text.as_bytes();
    // What the tokenizer would write of the rest, the next token last.
    let mut natural: Vec<u32> = Vec::new();
    // When the grammar was given its last token.
    let mut last_token = None;
    let whole = grammar.follow(|next| {
        let now = cpu_time();
        if rest.is_empty() {
            return None;
        }
        let begins = |token: u32| {
            let bytes = tokenizer.token_bytes(token);
            !bytes.is_empty() && rest.starts_with(bytes)
        };
        let expected = natural.pop();
        let token = match next {
            NextToken::Forced(token) => {
                outcome.forced_tokens += 1;
                Some(token).filter(|&token| begins(token))
            }
            NextToken::OneOf(mask) => {
                outcome.mask_ms.extend(last_token.map(|start| milliseconds(now - start)));
                let allows = |token: u32| {
                    mask.get(token as usize / 32).is_some_and(|word| word >> (token % 32) & 1 == 1)
                };
                let expected = expected.or_else(|| {
                    natural = encode(tokenizer, rest);
                    natural.pop()
                });
                expected.filter(|&token| allows(token) && begins(token)).or_else(|| {
                    let tokens =
                        (0..tokenizer.vocab_size() as u32).filter(|&token| allows(token) && begins(token));
                    tokens.max_by_key(|&token| tokenizer.token_bytes(token).len())
                })
            }
        }?;
        if expected != Some(token) {
            // The tokens that follow are no longer those of the text as a whole.
            natural.clear();
        }
        outcome.tokens += 1;
        rest = &rest[tokenizer.token_bytes(token).len()..];
        last_token = Some(cpu_time());
        Some(token)
    });
    whole && rest.is_empty()
}

/// The tokens of a text, the first one last; none where it begins in the middle of a character.
fn encode(tokenizer: &Tokenizer, text: &[u8]) -> Vec<u32> {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let mut tokens = tokenizer.encode(text, EncodeOptions::default()).unwrap_or_default();
    tokens.reverse();
    tokens
}

/// For how long this thread has computed.
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to the one value that it is given.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "every thread has a clock");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
