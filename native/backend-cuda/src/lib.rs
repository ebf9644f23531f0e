//! The backend for NVIDIA GPUs: memory in extents, weights packed once, plans as lists of launches, steps that the host does
//! not wait for. What it asks of a device is a trait, [`driver::Driver`]; all else is the same on a GPU and, with the feature
//! `host`, on a device made of this process.
//!
//! # Memory
//! - The budget's extents hold weights and KV caches of all models, see [`conduit_backend::Memory`]. Weights lie side by side
//!   in a range of addresses of their own; an extent is mapped with the first and unmapped with the last of them.
//! - Outside the budget lies what steps need whatever the model: one workspace, and inputs, logits, hidden states and masks of
//!   the two steps that may be in flight. Each is a range of addresses that was reserved once and grows in place to what the
//!   largest plan needs, so that plans keep their addresses. [`CudaBackend::usage`] tells how much it is.
//! - Page-locked memory of the host: two buffers of 4 MiB through which weights are uploaded, and what the two steps
//!   exchange with the device.

#[cfg(target_endian = "big")]
compile_error!("weights and step inputs are little-endian");

mod backend;
mod device;
pub mod driver;
mod memory;
pub mod nvidia;
mod options;
mod pinned;
mod plan;
mod range;
mod step;
mod usage;
mod weights;

pub use backend::CudaBackend;
pub use options::CudaOptions;
pub use plan::CudaPlan;
pub use step::CudaStep;
pub use usage::MemoryUsage;
pub use weights::{CudaLinear, CudaVector};
