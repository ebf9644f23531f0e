//! CUDA kernels and the shapes of their launches.
//!
//! Each family of kernels is a file in `kernels/` and a module here that says how it is launched: which grid, which block,
//! which parameters. Nothing here knows a driver. A [`Launch`] says all that a driver needs; with the feature `host` the
//! same sources are compiled for the CPU and `host::run` executes a launch there.
//!
//! Rules that all kernels follow:
//! - Grids depend on the bucket of the plan and on the device alone. What changes from step to step lies in device memory at
//!   fixed addresses ([`StepAddresses`]); blocks beyond the step's counts leave at once.
//! - The row stride of activations and weights is their number of features rounded up to [`STRIDE_ELEMENTS`]; what linears
//!   read is zero from `features` to the stride. Addresses are multiples of [`ALIGNMENT_BYTES`].
//! - The residual stream, what linears give, queries and logits are f32; what linears read has the type of their weights.

pub mod add;
pub mod attention;
pub mod device;
pub mod embed;
pub mod gated;
pub mod gather;
mod geometry;
#[cfg(feature = "host")]
pub mod host;
mod launch;
pub mod linear;
pub mod norm;
pub mod rotary;
pub mod sampling;
pub mod soft_cap;
mod step;
mod tensor;
#[cfg(test)]
mod test_support;
pub mod tokens;

pub use geometry::Geometry;
pub use launch::{Launch, Params};
pub use step::{MAX_KV_GROUPS, RowCount, SequenceEntry, StepAddresses, StepHeader};
pub use tensor::{ALIGNMENT_BYTES, STRIDE_ELEMENTS, Tensor};
