//! A backend without a device or weights: what a row gives depends on every token that its sequence has in the cache.
//!
//! Keys and values are emulated token by token at the addresses that block tables name. A step runs as late as the
//! seam allows, when it is collected, so that pages given back too early are found out. Every breach of the seam's
//! contract is an error that says which.

mod backend;
mod cache;
mod chain;
mod in_flight;
mod memory;
mod model;
mod sampler;
mod step;

pub use backend::{FakeBackend, FakeOptions, Fault, FaultPoint};
pub use chain::{HIDDEN_SIZE, ReferenceDecoder};
pub use memory::FakeMemory;
pub use model::FakeModel;
pub use step::{FakePlan, FakeStep};
