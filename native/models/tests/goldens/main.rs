//! Tiny models of every family against the reference implementation, transformers, on the CPU backend.

mod broken;
mod features;
mod golden;
mod reference;
mod runner;
