use bytemuck::{Pod, Zeroable};
use conduit_backend::{AttentionSpec, KvLayout, RotaryStyle};

use crate::launch::kernel_of;
use crate::{Geometry, Launch, Params, StepAddresses, Tensor};

/// RMS norm over each head of queries and keys: addresses of f32 `[head_dim]` each.
#[derive(Clone, Copy, Debug)]
pub struct HeadNorm {
    pub query: u64,
    pub key: u64,
    pub epsilon: f32,
}

/// One layer's operation.
#[derive(Clone, Copy, Debug)]
pub struct RotateAndCache {
    /// f32 `[tokens, (heads + 2 * kv_heads) * head_dim]`; stays as it is.
    pub qkv: Tensor,
    /// What [`super::table`] made; twice as many features as frequencies.
    pub table: Tensor,
    /// f32 `[tokens, heads * head_dim]`
    pub queries: Tensor,
    pub norm: Option<HeadNorm>,
    pub style: RotaryStyle,
    pub attention: AttentionSpec,
    pub layout: KvLayout,
    /// Address of the start of the KV range.
    pub cache: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct RotateParams {
    qkv: u64,
    table: u64,
    queries: u64,
    query_norm: u64,
    key_norm: u64,
    cache: u64,
    header: u64,
    token_sequences: u64,
    sequences: u64,
    block_tables: u64,
    key_offset: u64,
    value_offset: u64,
    qkv_stride: u32,
    table_stride: u32,
    queries_stride: u32,
    heads: u32,
    kv_heads: u32,
    head_dim: u32,
    frequencies: u32,
    is_interleaved: u32,
    kv_group: u32,
    epsilon: f32,
}

const _: () = assert!(size_of::<RotateParams>() == 136);

const THREADS: u32 = 256;
const HEADS_PER_BLOCK: u32 = THREADS / 32;

/// Norms and rotates queries and keys, and writes keys and values into the cache.
///
/// # Panics
/// Where [`crate::attention::supports_cache`] says no.
pub fn rotate_and_cache(geometry: &Geometry, step: &StepAddresses, operation: &RotateAndCache) -> Launch {
    let RotateAndCache { qkv, table, queries, norm, style, attention, layout, cache } = operation;
    let key_offset = attention.layer * layout.layer_bytes();
    let params = RotateParams {
        qkv: qkv.address,
        table: table.address,
        queries: queries.address,
        query_norm: norm.map_or(0, |norm| norm.query),
        key_norm: norm.map_or(0, |norm| norm.key),
        cache: *cache,
        header: step.header,
        token_sequences: step.token_sequences,
        sequences: step.sequences,
        block_tables: step.block_tables,
        key_offset: key_offset as u64,
        value_offset: (key_offset + layout.side_bytes()) as u64,
        qkv_stride: qkv.stride,
        table_stride: table.stride,
        queries_stride: queries.stride,
        heads: attention.heads as u32,
        kv_heads: attention.kv_heads as u32,
        head_dim: attention.head_dim as u32,
        frequencies: table.features / 2,
        is_interleaved: (*style == RotaryStyle::Interleaved).into(),
        kv_group: attention.group as u32,
        epsilon: norm.map_or(0.0, |norm| norm.epsilon),
    };
    let heads = params.heads + 2 * params.kv_heads;
    let cache_dtype = layout.dtype.plain().expect("supports_cache says so");
    Launch {
        kernel: kernel_of!("rotate_and_cache", cache_dtype),
        grid: [geometry.max_tokens, heads.div_ceil(HEADS_PER_BLOCK), 1],
        block: [THREADS, 1, 1],
        shared_bytes: 0,
        params: Params::new(&params),
    }
}
