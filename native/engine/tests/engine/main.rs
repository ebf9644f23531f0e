//! Engines over the fake backend. One program, since each would compile the engine for that backend anew.

mod calls;
#[path = "../common/mod.rs"]
mod common;
mod embeddings;
mod faults;
mod forced;
mod grammar;
mod limits;
mod penalties;
mod pressure;
mod properties;
mod reasoning;
mod sampling;
mod sharing;
mod unloading;
