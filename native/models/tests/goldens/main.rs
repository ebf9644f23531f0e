//! Tiny models of every family against the reference implementation, transformers, on the CPU backend.

mod features;
mod golden;
mod reference;
mod runner;
