//! The CPU backend: weights in the type of their file, sums in f32, kernels for the best instruction set that the CPU
//! has. It is the oracle of every other backend.

#[cfg(target_endian = "big")]
compile_error!("weights are little-endian and are used where they are mapped");

mod backend;
mod kernels;
mod memory;
mod operations;
mod options;
mod plan;
mod quantize;
mod queue;
mod run;
mod sampling;
mod shared;
mod simd;
mod step;
mod weights;
mod workspace;

pub use backend::CpuBackend;
pub use options::{CpuOptions, Isa};
pub use plan::CpuPlan;
pub use sampling::choose_token;
pub use step::CpuStep;
pub use weights::{CpuLinear, CpuVector};
