//! Causal attention of a step's queries over the paged cache.
//!
//! - Queries are f32 `[tokens, heads * head_dim]`; keys and values of this step's tokens are in the cache already. The output
//!   has any type and zeros up to its stride.
//! - A sequence's tokens are its last ones: the last of them is at position `context_len - 1`. A token sees the positions up
//!   to its own, with a window the last `window` of them. What lies in a block behind the context is not read, nor are
//!   blocks in which no token of the step sees a position.
//! - `head_dim` is a multiple of 8 up to [`MAX_HEAD_DIM`] ([`supports`]); any number of query heads shares a KV head.
//!
//! Two kernels share the work, and which has a token is decided on the device, from the number of tokens that its sequence has
//! in the step:
//! - [`decode`]: one token at a time, blocks of the sequence dealt to as many blocks of threads as fill the device. It takes
//!   sequences with fewer than [`PREFILL_TOKENS`] tokens, and everything where the cache is f32 or results must be deterministic.
//! - [`prefill`]: tiles of rows on the tensor cores, for 16-bit caches.

mod decode;
mod params;
mod prefill;
#[cfg(test)]
mod tests;

use conduit_backend::{AttentionSpec, DType, KvDType, KvLayout};

use crate::{Geometry, Launch, StepAddresses, Tensor};
use decode::Shares;
use params::AttentionParams;

/// The widest head that the kernels take.
pub const MAX_HEAD_DIM: usize = 256;

/// Tokens of a sequence in one step from which on the tensor cores take it.
pub const PREFILL_TOKENS: u32 = 8;

/// What one layer's attention reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a> {
    pub spec: &'a AttentionSpec,
    /// Shape of the blocks of the layer's KV group.
    pub layout: &'a KvLayout,
    /// Start of the KV range.
    pub cache: u64,
    /// f32 `[tokens, heads * head_dim]`
    pub queries: Tensor,
    /// `[tokens, heads * head_dim]` in the type of the layer that takes it.
    pub output: Tensor,
}

impl Attention<'_> {
    fn cache_dtype(&self) -> DType {
        self.layout.dtype.plain().expect("supports_cache says so")
    }
}

/// Whether there are kernels for a cache of this type, those that write it included.
pub const fn supports_cache(dtype: KvDType) -> bool {
    dtype.plain().is_some()
}

/// Whether there are kernels for this shape.
pub const fn supports(spec: &AttentionSpec) -> bool {
    let width = spec.head_dim;
    width > 0 && width <= MAX_HEAD_DIM && width.is_multiple_of(8) && spec.heads.is_multiple_of(spec.kv_heads)
}

/// Bytes of workspace that [`launches`] needs; the same for all layers of this shape, which may share it.
pub fn workspace_bytes(geometry: &Geometry, spec: &AttentionSpec) -> u64 {
    Shares::new(geometry, spec).workspace_bytes(geometry, spec)
}

/// The launches of one layer, in order. `workspace` has [`workspace_bytes`] and need not be kept from one layer to the next.
///
/// # Panics
/// Where [`supports`] or [`supports_cache`] says no.
pub fn launches(
    geometry: &Geometry,
    step: &StepAddresses,
    attention: &Attention<'_>,
    workspace: u64,
) -> Vec<Launch> {
    let Attention { spec, .. } = attention;
    assert!(supports(spec), "no kernels for {spec:?}");
    let shares = Shares::new(geometry, spec);
    let has_tensor_cores = attention.cache_dtype() != DType::F32 && !geometry.deterministic;
    let prefill_tokens = if has_tensor_cores { PREFILL_TOKENS } else { u32::MAX };
    let mut params = AttentionParams::new(step, attention, prefill_tokens);
    shares.place(&mut params, geometry, spec, workspace);
    let mut launches = decode::launches(geometry, attention, &shares, &params);
    if geometry.max_tokens >= prefill_tokens {
        launches.push(prefill::launch(geometry, attention, &params));
    }
    launches
}
