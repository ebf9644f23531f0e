use bytemuck::{Pod, Zeroable};
use conduit_backend::DType;

use super::Attention;
use crate::StepAddresses;

/// Mirrors `AttentionParams` in `kernels/attention/params.cuh`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct AttentionParams {
    header: u64,
    token_sequences: u64,
    sequences: u64,
    block_tables: u64,
    queries: u64,
    output: u64,
    cache: u64,
    pub(super) share_sums: u64,
    pub(super) share_softmax: u64,
    key_offset: u64,
    value_offset: u64,
    query_stride: u32,
    output_stride: u32,
    kv_heads: u32,
    group: u32,
    head_dim: u32,
    kv_group: u32,
    window: u32,
    output_type: u32,
    scale: f32,
    soft_cap: f32,
    pub(super) shares: u32,
    prefill_tokens: u32,
}

const _: () = assert!(size_of::<AttentionParams>() == 136);

impl AttentionParams {
    /// Everything but the shares.
    pub(super) fn new(step: &StepAddresses, attention: &Attention<'_>, prefill_tokens: u32) -> Self {
        let Attention { spec, layout, cache, queries, output } = attention;
        let key_offset = (spec.layer * layout.layer_bytes()) as u64;
        Self {
            header: step.header,
            token_sequences: step.token_sequences,
            sequences: step.sequences,
            block_tables: step.block_tables,
            queries: queries.address,
            output: output.address,
            cache: *cache,
            share_sums: 0,
            share_softmax: 0,
            key_offset,
            value_offset: key_offset + layout.side_bytes() as u64,
            query_stride: queries.stride,
            output_stride: output.stride,
            kv_heads: spec.kv_heads as u32,
            group: (spec.heads / spec.kv_heads) as u32,
            head_dim: spec.head_dim as u32,
            kv_group: spec.group as u32,
            // No position is further back than numbers reach.
            window: spec.window.map_or(u32::MAX, |window| u32::try_from(window).unwrap_or(u32::MAX)),
            output_type: match output.dtype {
                DType::F32 => 0,
                DType::F16 => 1,
                DType::BF16 => 2,
            },
            scale: spec.scale,
            soft_cap: spec.soft_cap.unwrap_or(0.0),
            shares: 1,
            prefill_tokens,
        }
    }
}
