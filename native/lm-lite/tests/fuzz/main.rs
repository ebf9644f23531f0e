//! Everything that strangers write, nearly right, by the thousand: whatever it is, it is taken or refused, without a panic and in
//! bounded time and memory.
//!
//! Fuzzers that are led by coverage need a nightly compiler; these inputs are valid ones, changed in a few places, which gets them
//! past the first reader.
//!
//! The inputs follow from a seed: `CONDUIT_FUZZ_SEED=7 CONDUIT_FUZZ_INPUTS=100000 cargo test --release -p lm-lite --test fuzz`.
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;
mod gguf_files;
mod grammars;
mod http;
mod model_files;
mod mutate;
mod quantized_files;
mod run;
