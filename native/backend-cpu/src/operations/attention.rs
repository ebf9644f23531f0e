use conduit_backend::recording::Layer;
use conduit_backend::{AttentionSpec, SequenceInput, StepInputs};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::kernels::{AttentionTile, Kernels, MAX_TILE_ROWS};
use crate::shared::Shared;

/// Query rows of one tile: enough to use a block of the cache several times, few enough to share out a prompt.
const TILE_ROWS: usize = MAX_TILE_ROWS / 2;

/// Causal attention of every token's queries over what its sequence has in the cache.
///
/// # Safety
/// The CPU has the instruction set of `kernels`, the blocks lie in the KV range and are written by no one meanwhile.
pub(crate) unsafe fn attention(
    kernels: &Kernels,
    layer: &Layer,
    inputs: &StepInputs,
    cache: Shared<u8>,
    queries: &[f32],
    output: &mut [f32],
) {
    let AttentionSpec { heads, kv_heads, head_dim, scale, window, soft_cap, .. } = layer.spec;
    let group = heads / kv_heads;
    let stride = heads * head_dim;
    let head_bytes = layer.layout.head_bytes();
    let kernel = kernels.attention.of(layer.layout.dtype);
    let tiles: Vec<_> =
        inputs.sequences.iter().flat_map(|sequence| tiles(sequence, group, kv_heads)).collect();
    let shared = Shared(output.as_mut_ptr());
    tiles.into_par_iter().for_each(|Tile { sequence, first, tokens, kv_head }| {
        let offset = first * stride + kv_head * group * head_dim;
        let keys = layer.spec.layer * layer.layout.layer_bytes() + kv_head * head_bytes;
        let tile = AttentionTile {
            queries: queries[offset..].as_ptr(),
            // SAFETY: the tile's first token and head lie in the output.
            output: unsafe { shared.get().add(offset) },
            stride,
            tokens,
            first_position: sequence.context_len - (sequence.tokens.end - first),
            heads: group,
            head_dim,
            scale,
            window,
            soft_cap,
            blocks: &inputs.block_tables[sequence.blocks[layer.spec.group].clone()],
            cache: cache.get(),
            keys,
            values: keys + layer.layout.side_bytes(),
        };
        // SAFETY: as the caller's; tiles are disjoint tokens and heads of the output.
        unsafe { kernel(&tile) };
    });
}

/// Some tokens of a sequence with one key head.
struct Tile<'a> {
    sequence: &'a SequenceInput,
    /// Index of the first token in the step.
    first: usize,
    tokens: usize,
    kv_head: usize,
}

fn tiles(sequence: &SequenceInput, group: usize, kv_heads: usize) -> impl Iterator<Item = Tile<'_>> {
    let step = (TILE_ROWS / group).max(1);
    let ends = sequence.tokens.end;
    sequence.tokens.clone().step_by(step).flat_map(move |first| {
        let tokens = step.min(ends - first);
        (0..kv_heads).map(move |kv_head| Tile { sequence, first, tokens, kv_head })
    })
}
