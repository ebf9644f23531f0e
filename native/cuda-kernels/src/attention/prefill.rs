use conduit_backend::DType;

use super::decode::width;
use super::params::AttentionParams;
use super::{Attention, PREFILL_TOKENS};
use crate::{Geometry, Launch, Params};

/// Rows of a tile: pairs of a token and a head of a KV head's group.
const TILE_ROWS: u32 = 64;

/// One block of threads for each tile that a step of the bucket may have, and each KV head.
pub(super) fn launch(geometry: &Geometry, attention: &Attention<'_>, params: &AttentionParams) -> Launch {
    let spec = attention.spec;
    let group = (spec.heads / spec.kv_heads) as u32;
    // Every sequence may leave one tile that is not full.
    let sequences = geometry.max_sequences.min(geometry.max_tokens / PREFILL_TOKENS);
    let tiles = geometry.max_tokens * group / TILE_ROWS + sequences;
    let width = width(spec.head_dim);
    // As `kernels/attention_prefill.cu` has them.
    let positions = if width == 256 { 32 } else { 64 };
    Launch {
        kernel: kernel(attention.cache_dtype(), width),
        grid: [tiles, spec.kv_heads as u32, 1],
        block: [128, 1, 1],
        // Keys and values, 16-bit, each row 16 bytes longer than the width.
        shared_bytes: 2 * positions * (width * 2 + 16),
        params: Params::new(params),
    }
}

/// The name of an instantiation in `kernels/attention_prefill.cu`.
fn kernel(dtype: DType, width: u32) -> &'static str {
    match (dtype, width) {
        (DType::F16, 64) => "attention_prefill_f16_w64",
        (DType::F16, 128) => "attention_prefill_f16_w128",
        (DType::F16, _) => "attention_prefill_f16_w256",
        (_, 64) => "attention_prefill_bf16_w64",
        (_, 128) => "attention_prefill_bf16_w128",
        (_, _) => "attention_prefill_bf16_w256",
    }
}
