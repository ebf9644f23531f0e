//! What tests need and production does not: tiny models made from nothing, damaged copies of them, a backend without a
//! device, and the contract that every other backend is tried on.

pub mod contract;
pub mod divergence;
pub mod fake_backend;
pub mod gguf;
pub mod golden;
pub mod llama_cpp;
pub mod model;
pub mod random;
pub mod runner;
