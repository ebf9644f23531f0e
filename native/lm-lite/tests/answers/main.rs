//! Several answers to one prompt, the probabilities of their tokens, and what else a request can ask of its answers.

#[path = "../common/mod.rs"]
mod common;

mod choices;
mod ends;
mod logprobs;
mod special_tokens;
mod support;
