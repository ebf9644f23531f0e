#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use conduit_backend::{BLOCK_TOKENS, KvAddress};

use super::exponential::exponential;
use super::linear::dot_tile;
use crate::simd::{Element, Simd, store_first};

/// Most query rows (tokens times heads) of one tile.
pub const MAX_TILE_ROWS: usize = 64;

/// Some tokens of one sequence, and the query heads that share one key head.
pub struct AttentionTile<'a> {
    /// First of the heads in the first token's queries.
    pub queries: *const f32,
    /// First of the heads in the first token's output.
    pub output: *mut f32,
    /// Elements from one token to the next, in both.
    pub stride: usize,
    pub tokens: usize,
    pub first_position: usize,
    /// Query heads that share the key head; `tokens * heads <= MAX_TILE_ROWS`.
    pub heads: usize,
    pub head_dim: usize,
    pub scale: f32,
    pub window: Option<usize>,
    pub soft_cap: Option<f32>,
    /// Blocks of the sequence, from position 0.
    pub blocks: &'a [KvAddress],
    /// Start of the KV range.
    pub cache: *const u8,
    /// Bytes from the start of a block to the keys `[token][head_dim]` of the key head.
    pub keys: usize,
    /// The same for the values.
    pub values: usize,
}

/// One row's softmax so far: the highest score, and the sum of exponentials relative to it.
#[derive(Clone, Copy)]
struct Softmax {
    highest: f32,
    sum: f32,
}

/// Attention with a running softmax over the blocks of the cache, in the order of positions.
///
/// Scores of one block are made, then its values are added; sums so far are rescaled when a block raises the highest score.
/// What a row adds up, and when, depends on its position and window alone. Only positions that the row sees are
/// read, so that what lies behind them in a block, even NaN, has no effect.
///
/// # Safety
/// The pointers are valid for the shapes, the cache holds elements `E`, no one writes to these blocks or to this output,
/// and the CPU has the instruction set.
#[inline(always)]
pub unsafe fn attention<S: Simd, E: Element>(tile: &AttentionTile) {
    let mut rows = [Softmax { highest: f32::NEG_INFINITY, sum: 0.0 }; MAX_TILE_ROWS];
    let first_visible = first_visible(tile.first_position, tile.window);
    let last_position = tile.first_position + tile.tokens - 1;
    // SAFETY: positions up to the last lie in the blocks, and rows in queries and output.
    unsafe {
        for token in 0..tile.tokens {
            let output = tile.output.add(token * tile.stride);
            output.write_bytes(0, tile.heads * tile.head_dim);
        }
        for block in first_visible / BLOCK_TOKENS..=last_position / BLOCK_TOKENS {
            let start = tile.cache.add(tile.blocks[block].byte_offset());
            let keys = start.add(tile.keys).cast::<E>();
            let values = start.add(tile.values).cast::<E>();
            for token in 0..tile.tokens {
                let position = tile.first_position + token;
                let block_start = block * BLOCK_TOKENS;
                let from = first_visible_in(position, tile.window, block_start);
                let to = (position + 1).saturating_sub(block_start).min(BLOCK_TOKENS);
                if from >= to {
                    continue;
                }
                for head in 0..tile.heads {
                    let offset = token * tile.stride + head * tile.head_dim;
                    let softmax = &mut rows[token * tile.heads + head];
                    let query = tile.queries.add(offset);
                    let (weights, rescale) = weigh::<S, E>(tile, query, keys, from, to, softmax);
                    mix::<S, E>(tile, &weights[from..to], rescale, values.add(from * tile.head_dim), offset);
                }
            }
        }
        for token in 0..tile.tokens {
            for head in 0..tile.heads {
                let offset = token * tile.stride + head * tile.head_dim;
                let inverse = 1.0 / rows[token * tile.heads + head].sum;
                for index in offset..offset + tile.head_dim {
                    *tile.output.add(index) *= inverse;
                }
            }
        }
    }
}

#[inline(always)]
fn first_visible(position: usize, window: Option<usize>) -> usize {
    match window {
        Some(window) => (position + 1).saturating_sub(window),
        None => 0,
    }
}

#[inline(always)]
fn first_visible_in(position: usize, window: Option<usize>, block_start: usize) -> usize {
    first_visible(position, window).saturating_sub(block_start)
}

/// Exponentials of the scores of positions `from..to` of a block relative to the highest so far, zero elsewhere, and the
/// factor that what was added up before is to be multiplied with.
#[inline(always)]
unsafe fn weigh<S: Simd, E: Element>(
    tile: &AttentionTile,
    query: *const f32,
    keys: *const E,
    from: usize,
    to: usize,
    softmax: &mut Softmax,
) -> ([f32; BLOCK_TOKENS], f32) {
    let mut scores = [f32::NEG_INFINITY; BLOCK_TOKENS];
    // SAFETY: `from..to` lies within the block; BLOCK_TOKENS is a multiple of LANES.
    unsafe {
        let mut token = from;
        while token + 4 <= to {
            let key = keys.add(token * tile.head_dim);
            let products = dot_tile::<S, E, 1, 4>(query, key, tile.head_dim);
            scores[token..token + 4].copy_from_slice(&products[0]);
            token += 4;
        }
        while token < to {
            let key = keys.add(token * tile.head_dim);
            scores[token] = dot_tile::<S, E, 1, 1>(query, key, tile.head_dim)[0][0];
            token += 1;
        }
        let mut highest = softmax.highest;
        for score in &mut scores[from..to] {
            *score *= tile.scale;
            if let Some(cap) = tile.soft_cap {
                *score = cap * (*score / cap).tanh();
            }
            highest = highest.max(*score);
        }
        let mut lanes = [0.0; crate::simd::MAX_LANES];
        S::store(lanes.as_mut_ptr(), exponential::<S>(S::splat(softmax.highest - highest)));
        let rescale = lanes[0];

        let mut sums = S::splat(0.0);
        let mut token = 0;
        while token < BLOCK_TOKENS {
            let score = S::load(scores.as_ptr().add(token));
            let weight = exponential::<S>(S::subtract(score, S::splat(highest)));
            S::store(scores.as_mut_ptr().add(token), weight);
            sums = S::add(sums, weight);
            token += S::LANES;
        }
        softmax.sum = softmax.sum * rescale + S::sum(sums);
        softmax.highest = highest;
        (scores, rescale)
    }
}

/// `output = output * rescale + sum(weight * value)` over some positions of a block.
#[inline(always)]
unsafe fn mix<S: Simd, E: Element>(
    tile: &AttentionTile,
    weights: &[f32],
    rescale: f32,
    values: *const E,
    offset: usize,
) {
    let head_dim = tile.head_dim;
    let wide = 4 * S::LANES;
    let mut index = 0;
    // SAFETY: `index` stays within the head, and `weights` has as many entries as there are values.
    unsafe {
        let output = tile.output.add(offset);
        while index + wide <= head_dim {
            let mut sums = [S::splat(0.0); 4];
            for part in 0..4 {
                let before = S::load(output.add(index + part * S::LANES));
                sums[part] = S::multiply(before, S::splat(rescale));
            }
            for (token, weight) in weights.iter().enumerate() {
                let weight = S::splat(*weight);
                let value = values.add(token * head_dim + index);
                for part in 0..4 {
                    let value = E::load::<S>(value.add(part * S::LANES));
                    sums[part] = S::multiply_add(weight, value, sums[part]);
                }
            }
            for part in 0..4 {
                S::store(output.add(index + part * S::LANES), sums[part]);
            }
            index += wide;
        }
        while index < head_dim {
            let count = (head_dim - index).min(S::LANES);
            let before = load_up_to::<S, f32>(output.add(index), count);
            let mut sum = S::multiply(before, S::splat(rescale));
            for (token, weight) in weights.iter().enumerate() {
                let value = load_up_to::<S, E>(values.add(token * head_dim + index), count);
                sum = S::multiply_add(S::splat(*weight), value, sum);
            }
            store_first::<S>(output.add(index), sum, count);
            index += count;
        }
    }
}

#[inline(always)]
unsafe fn load_up_to<S: Simd, E: Element>(from: *const E, count: usize) -> S::Vector {
    // SAFETY: as the caller's.
    unsafe { if count == S::LANES { E::load::<S>(from) } else { E::load_first::<S>(from, count) } }
}

#[cfg(test)]
mod tests;
