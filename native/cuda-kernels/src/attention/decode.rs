use conduit_backend::{AttentionSpec, BLOCK_TOKENS, DType};

use super::Attention;
use super::params::AttentionParams;
use crate::{ALIGNMENT_BYTES, Geometry, Launch, Params};

/// Blocks of threads for each multiprocessor: as many as their shared memory lets run side by side for the usual width.
const BLOCKS_PER_MULTIPROCESSOR: u32 = 4;

/// Tokens that have blocks of threads of their own; more take turns, as most of a large bucket is the prefill kernel's, and to
/// skip a token takes less than to start a block for nothing.
const MAX_TOKEN_BLOCKS: u32 = 1024;

/// More shares than this leave each too little, and the kernel that merges them too much.
const MAX_SHARES: u32 = 64;

/// Shares of a sequence where results must not depend on the bucket.
const DETERMINISTIC_SHARES: u32 = 8;

/// How the blocks of a sequence are dealt out.
pub(super) struct Shares {
    count: u32,
    /// Blocks of threads that the shares of a token and KV head have; one of them goes through several shares where there are fewer.
    blocks: u32,
}

impl Shares {
    /// As many as fill the device when every token of the bucket is there.
    pub(super) fn new(geometry: &Geometry, spec: &AttentionSpec) -> Self {
        let wanted = geometry.multiprocessors * BLOCKS_PER_MULTIPROCESSOR;
        let without = geometry.max_tokens * head_tiles(spec) * spec.kv_heads as u32;
        let count = (wanted / without.max(1)).clamp(1, MAX_SHARES);
        match (geometry.deterministic, count) {
            (false, _) => Self { count, blocks: count },
            (true, 1) => Self { count: DETERMINISTIC_SHARES, blocks: 1 },
            (true, _) => Self { count: DETERMINISTIC_SHARES, blocks: DETERMINISTIC_SHARES },
        }
    }

    /// Shares of all rows that lie in the workspace.
    fn stored(&self, geometry: &Geometry, spec: &AttentionSpec) -> u64 {
        let rows = u64::from(geometry.max_tokens) * spec.heads as u64;
        if self.blocks > 1 { rows * u64::from(self.count) } else { 0 }
    }

    pub(super) fn workspace_bytes(&self, geometry: &Geometry, spec: &AttentionSpec) -> u64 {
        let stored = self.stored(geometry, spec);
        softmax_bytes(stored) + stored * spec.head_dim as u64 * 4
    }

    /// Where the shares lie: first what their sums are relative to, then the sums.
    pub(super) fn place(
        &self,
        params: &mut AttentionParams,
        geometry: &Geometry,
        spec: &AttentionSpec,
        workspace: u64,
    ) {
        params.shares = self.count;
        params.share_softmax = workspace;
        params.share_sums = workspace + softmax_bytes(self.stored(geometry, spec));
    }
}

fn softmax_bytes(stored: u64) -> u64 {
    (stored * 8).next_multiple_of(ALIGNMENT_BYTES)
}

/// Query heads of one KV head that a block of threads has together.
fn tile_heads(spec: &AttentionSpec) -> u32 {
    match spec.heads / spec.kv_heads {
        1 => 1,
        2..=4 => 4,
        _ => 8,
    }
}

fn head_tiles(spec: &AttentionSpec) -> u32 {
    ((spec.heads / spec.kv_heads) as u32).div_ceil(tile_heads(spec))
}

pub(super) fn launches(
    geometry: &Geometry,
    attention: &Attention<'_>,
    shares: &Shares,
    params: &AttentionParams,
) -> Vec<Launch> {
    let spec = attention.spec;
    let dtype = attention.cache_dtype();
    let width = width(spec.head_dim);
    let heads = tile_heads(spec);
    let warps = if (dtype, width) == (DType::F32, 256) { 2 } else { 4 };
    let mut launches = vec![Launch {
        kernel: kernel(dtype, width, heads),
        grid: [
            geometry.max_tokens.min(MAX_TOKEN_BLOCKS),
            spec.kv_heads as u32 * head_tiles(spec),
            shares.blocks,
        ],
        block: [warps * 32, 1, 1],
        shared_bytes: shared_bytes(dtype, width, heads, warps),
        params: Params::new(params),
    }];
    if shares.blocks > 1 {
        launches.push(Launch {
            kernel: "attention_combine",
            grid: [geometry.max_tokens, spec.heads as u32, 1],
            block: [64, 1, 1],
            shared_bytes: 0,
            params: Params::new(params),
        });
    }
    launches
}

/// The compiled width that has room for a head.
pub(super) const fn width(head_dim: usize) -> u32 {
    match head_dim {
        0..=64 => 64,
        65..=128 => 128,
        _ => 256,
    }
}

/// Size of `DecodeShared` in `kernels/attention/decode_share.cuh`.
fn shared_bytes(dtype: DType, width: u32, heads: u32, warps: u32) -> u32 {
    let block_tokens = BLOCK_TOKENS as u32;
    let queries_and_totals = 2 * heads * width * 4 + 2 * heads * 8;
    let weights = block_tokens * heads * 4;
    let softmax = heads * 8;
    let stages = 2 * block_tokens * (width * dtype.bytes() as u32 + 16);
    queries_and_totals + warps * (weights + softmax + stages)
}

/// The name of an instantiation in `kernels/attention_decode_*.cu`.
fn kernel(dtype: DType, width: u32, heads: u32) -> &'static str {
    macro_rules! of_heads {
        ($($start:literal),*) => {
            match heads {
                1 => concat!($($start),*, "_h1"),
                4 => concat!($($start),*, "_h4"),
                _ => concat!($($start),*, "_h8"),
            }
        };
    }
    macro_rules! of_width {
        ($start:literal) => {
            match width {
                64 => of_heads!($start, "_w64"),
                128 => of_heads!($start, "_w128"),
                _ => of_heads!($start, "_w256"),
            }
        };
    }
    match dtype {
        DType::F32 => of_width!("attention_decode_f32"),
        DType::F16 => of_width!("attention_decode_f16"),
        DType::BF16 => of_width!("attention_decode_bf16"),
    }
}
