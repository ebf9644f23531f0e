//! The seam between the engine and the devices.
//!
//! A decoder is written once over [`Ops`]; a [`Backend`] records it into a plan (a CUDA graph, or a list of
//! operations) and replays the plan for every step. No recorded operation allocates, waits, or returns data to
//! the host: results leave a step only through [`Backend::collect`].
//!
//! What backends have in common besides stands here too, once: [`recording`], the checks of a step ([`check_step`],
//! [`check_sampling`]), and which steps are in flight ([`Flight`]).
//!
//! A kernel never learns about requests, a request never about kernels.

mod backend;
mod blocks;
mod checks;
mod dtype;
mod error;
mod experts;
mod flight;
mod kv_dtype;
mod memory;
mod model;
mod ops;
mod prequantized;
mod quantization;
pub mod recording;
mod sampling;
mod step;
mod weights;

pub use backend::Backend;
pub use blocks::{BlockFormat, Blocks};
pub use checks::{StepLimits, check_sampling, check_step};
pub use dtype::DType;
pub use error::{BackendError, Result};
pub use experts::{Expert, Experts};
pub use flight::{Flight, Place, Previous, STEPS};
pub use kv_dtype::KvDType;
pub use memory::{BLOCK_TOKENS, Budget, EXTENT_BYTES, Extent, KV_ADDRESS_UNIT, KvAddress, KvLayout, Memory};
pub use model::Model;
pub use ops::{Activation, AttentionSpec, GatedActivation, Ops, QueryKeyNorm, RotarySpec, RotaryStyle};
pub use prequantized::{Axis, NibbleLayout, Nibbles, NumberFormat, Numbers, Prequantized, ZeroPoints};
pub use quantization::Quantization;
pub use sampling::{LogitAdjustment, Masks, Outputs, RowOutput, RowSampling};
pub use step::{Bucket, SequenceInput, StepInputs, TokenSource};
pub use weights::{LinearShape, RawLinear, RawPart, RawTensor, RawWeight, Shard};
