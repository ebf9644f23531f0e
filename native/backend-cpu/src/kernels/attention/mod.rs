#![expect(clippy::needless_range_loop, reason = "tiles are indexed as their sums are written on paper")]

use conduit_backend::{BLOCK_TOKENS, KvAddress};
use half::bf16;

use super::exponential::exponential;
use super::linear::dot_tile;
use crate::simd::{CacheElement, Element, Simd, store_first};

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
    /// Bytes from the start of a block to the keys `[token][head_dim]` of the key head, behind which their scales lie, if
    /// there are any.
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
/// Scores of one block are made, then its values are added; sums so far are rescaled when a block raises the highest score. Rows
/// take turns in groups that load each key and value once. What a row adds up, and when, depends on its position and window
/// alone: what only others of its group see, and what lies behind them all in a block, has no effect on it, even if it is NaN.
///
/// # Safety
/// The pointers are valid for the shapes, the cache holds elements `E`, no one writes to these blocks or to this output,
/// and the CPU has the instruction set.
#[inline(always)]
pub unsafe fn attention<S: Simd, E: CacheElement>(tile: &AttentionTile) {
    let mut softmaxes = [Softmax { highest: f32::NEG_INFINITY, sum: 0.0 }; MAX_TILE_ROWS];
    let rows = tile.tokens * tile.heads;
    let first_visible = first_visible(tile.first_position, tile.window);
    let last_position = tile.first_position + tile.tokens - 1;
    // SAFETY: positions up to the last lie in the blocks, and rows in queries and output.
    unsafe {
        for row in 0..rows {
            tile.output.add(tile.offset(row)).write_bytes(0, tile.head_dim);
        }
        for block in first_visible / BLOCK_TOKENS..=last_position / BLOCK_TOKENS {
            let mut row = 0;
            while row < rows {
                let softmaxes = softmaxes.as_mut_ptr().add(row);
                row += match rows - row {
                    1 => attend::<S, E, 1>(tile, block, row, &mut *softmaxes.cast()),
                    2 => attend::<S, E, 2>(tile, block, row, &mut *softmaxes.cast()),
                    3 => attend::<S, E, 3>(tile, block, row, &mut *softmaxes.cast()),
                    _ => attend::<S, E, 4>(tile, block, row, &mut *softmaxes.cast()),
                };
            }
        }
        for row in 0..rows {
            let inverse = 1.0 / softmaxes[row].sum;
            let offset = tile.offset(row);
            for index in offset..offset + tile.head_dim {
                *tile.output.add(index) *= inverse;
            }
        }
    }
}

impl AttentionTile<'_> {
    /// Elements from the start of queries or output to a row: a head of a token.
    #[inline(always)]
    fn offset(&self, row: usize) -> usize {
        row / self.heads * self.stride + row % self.heads * self.head_dim
    }

    /// The positions of a block that a row sees, counted from the block's first; none where the end is not behind the start.
    #[inline(always)]
    fn visible(&self, row: usize, block: usize) -> Visible {
        let position = self.first_position + row / self.heads;
        let block_start = block * BLOCK_TOKENS;
        Visible {
            from: first_visible(position, self.window).saturating_sub(block_start),
            to: (position + 1).saturating_sub(block_start).min(BLOCK_TOKENS),
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

#[derive(Clone, Copy)]
struct Visible {
    from: usize,
    to: usize,
}

impl Visible {
    #[inline(always)]
    const fn has(self, at: usize) -> bool {
        self.from <= at && at < self.to
    }
}

/// Adds one block to `M` rows. Returns `M`.
#[inline(always)]
unsafe fn attend<S: Simd, E: CacheElement, const M: usize>(
    tile: &AttentionTile,
    block: usize,
    row: usize,
    softmaxes: &mut [Softmax; M],
) -> usize {
    let mut visible = [Visible { from: 0, to: 0 }; M];
    let mut union = Visible { from: BLOCK_TOKENS, to: 0 };
    for m in 0..M {
        visible[m] = tile.visible(row + m, block);
        if visible[m].from < visible[m].to {
            union = Visible { from: union.from.min(visible[m].from), to: union.to.max(visible[m].to) };
        }
    }
    if union.from >= union.to {
        return M;
    }
    // SAFETY: `union` lies within the block, and each of its positions is seen by a row.
    unsafe {
        let start = tile.cache.add(tile.blocks[block].byte_offset());
        let mut queries = [tile.queries; M];
        let mut outputs = [tile.output; M];
        for m in 0..M {
            let offset = tile.offset(row + m);
            queries[m] = queries[m].add(offset);
            outputs[m] = outputs[m].add(offset);
        }
        let keys = start.add(tile.keys).cast::<E>();
        let mut weights = scores::<S, E, M>(tile, queries, keys, union);
        apply_scales::<E, M>(&mut weights, keys, tile.head_dim, union);
        let mut rescale = [1.0; M];
        for m in 0..M {
            rescale[m] = weigh::<S>(tile, &mut weights[m], visible[m], &mut softmaxes[m]);
        }
        let values = start.add(tile.values).cast::<E>();
        apply_scales::<E, M>(&mut weights, values, tile.head_dim, union);
        mix::<S, E, M>(tile.head_dim, &weights, visible, union, rescale, values, outputs);
    }
    M
}

/// Products of queries with the keys of some positions of a block.
#[inline(always)]
unsafe fn scores<S: Simd, E: Element, const M: usize>(
    tile: &AttentionTile,
    queries: [*const f32; M],
    keys: *const E,
    positions: Visible,
) -> [[f32; BLOCK_TOKENS]; M] {
    let mut scores = [[0.0; BLOCK_TOKENS]; M];
    let mut at = positions.from;
    let ahead = (M == 1).then_some(0);
    // SAFETY: the positions lie within the block.
    unsafe {
        while at + 3 <= positions.to {
            let products =
                dot_tile::<S, E, M, 3>(queries, keys.add(at * tile.head_dim), tile.head_dim, ahead);
            for m in 0..M {
                scores[m][at..at + 3].copy_from_slice(&products[m]);
            }
            at += 3;
        }
        while at < positions.to {
            let products =
                dot_tile::<S, E, M, 1>(queries, keys.add(at * tile.head_dim), tile.head_dim, ahead);
            for m in 0..M {
                scores[m][at] = products[m][0];
            }
            at += 1;
        }
    }
    scores
}

/// Multiplies what is said of some positions by the scales of their keys or values, where they have any: once for each
/// position instead of for each number.
#[inline(always)]
unsafe fn apply_scales<E: CacheElement, const M: usize>(
    factors: &mut [[f32; BLOCK_TOKENS]; M],
    numbers: *const E,
    head_dim: usize,
    positions: Visible,
) {
    if E::LARGEST.is_none() {
        return;
    }
    for at in positions.from..positions.to {
        // SAFETY: the scales of a block lie behind its numbers, and the positions within the block.
        let scale = unsafe { (*numbers.add(BLOCK_TOKENS * head_dim).cast::<bf16>().add(at)).to_f32() };
        for m in 0..M {
            factors[m][at] *= scale;
        }
    }
}

/// Turns a row's products into exponentials of its scores relative to the highest so far, zero where it sees nothing, and returns the
/// factor that what was added up before is to be multiplied with.
#[inline(always)]
unsafe fn weigh<S: Simd>(
    tile: &AttentionTile,
    scores: &mut [f32; BLOCK_TOKENS],
    Visible { from, to }: Visible,
    softmax: &mut Softmax,
) -> f32 {
    if from >= to {
        *scores = [0.0; BLOCK_TOKENS];
        return 1.0;
    }
    scores[..from].fill(f32::NEG_INFINITY);
    scores[to..].fill(f32::NEG_INFINITY);
    let mut highest = softmax.highest;
    for score in &mut scores[from..to] {
        *score *= tile.scale;
        if let Some(cap) = tile.soft_cap {
            *score = cap * (*score / cap).tanh();
        }
        highest = highest.max(*score);
    }
    // SAFETY: BLOCK_TOKENS is a multiple of LANES; the caller vouches for the instruction set.
    unsafe {
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
        rescale
    }
}

/// `output = output * rescale + sum(weight * value)` over the positions of a block that each of `M` rows sees, all within `positions`.
#[inline(always)]
unsafe fn mix<S: Simd, E: Element, const M: usize>(
    head_dim: usize,
    weights: &[[f32; BLOCK_TOKENS]; M],
    visible: [Visible; M],
    positions: Visible,
    rescale: [f32; M],
    values: *const E,
    outputs: [*mut f32; M],
) {
    let wide = 2 * S::LANES;
    let mut index = 0;
    // SAFETY: `index` stays within the head, and the positions within the block.
    unsafe {
        while index + wide <= head_dim {
            let mut sums = [[S::splat(0.0); 2]; M];
            for m in 0..M {
                for part in 0..2 {
                    let before = S::load(outputs[m].add(index + part * S::LANES));
                    sums[m][part] = S::multiply(before, S::splat(rescale[m]));
                }
            }
            for at in positions.from..positions.to {
                let value = values.add(at * head_dim + index);
                let value = [E::load::<S>(value), E::load::<S>(value.add(S::LANES))];
                for m in 0..M {
                    if !visible[m].has(at) {
                        continue;
                    }
                    let weight = S::splat(*weights[m].as_ptr().add(at));
                    for part in 0..2 {
                        sums[m][part] = S::multiply_add(weight, value[part], sums[m][part]);
                    }
                }
            }
            for m in 0..M {
                for part in 0..2 {
                    S::store(outputs[m].add(index + part * S::LANES), sums[m][part]);
                }
            }
            index += wide;
        }
        while index < head_dim {
            let count = (head_dim - index).min(S::LANES);
            for m in 0..M {
                let before = load_up_to::<S, f32>(outputs[m].add(index), count);
                let mut sum = S::multiply(before, S::splat(rescale[m]));
                for at in visible[m].from..visible[m].to {
                    let value = load_up_to::<S, E>(values.add(at * head_dim + index), count);
                    sum = S::multiply_add(S::splat(weights[m][at]), value, sum);
                }
                store_first::<S>(outputs[m].add(index), sum, count);
            }
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
