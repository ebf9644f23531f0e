//! Real servers with tiny models. One program, since linking takes longer than most of these tests.

mod api;
#[path = "../common/mod.rs"]
mod common;
mod device;
mod embeddings;
mod end_requests;
mod gguf;
mod hub;
mod json;
mod lifecycle;
mod loading;
mod models;
mod operations;
mod penalties;
mod reasoning;
mod responses;
mod text_traps;
