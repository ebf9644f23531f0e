//! The backend for NVIDIA GPUs.

pub mod driver;
pub mod nvidia;
