// Attention of chunks of a prompt, on the tensor cores.
#pragma once

#include "prefill_copy.cuh"
#include "prefill_rows.cuh"
#include "query_tile.cuh"

namespace attention {

// One tile of rows (`blockIdx.x`, see `QueryTile`) with one KV head (`blockIdx.y`), over all positions that any of its
// rows sees, `kPositions` at a time. A chunk's last tiles, which see the most, start first.
//
// Keys and values have one place each in shared memory, and each of the two copies is a group of its own: the next keys
// travel while the scores become weights and values are summed, the next values while the next scores are made. A
// place is written again only after a barrier behind its last reader.
//
// A warp has 16 rows, queries and sums of which stay in its registers. Rows beyond the last, and features beyond the
// head's, have queries of 0; every position that no row of the tile sees is 0 in shared memory, so that what is masked
// is a number.
template <class T, uint32_t kWidth, uint32_t kPositions>
__device__ __forceinline__ void attention_prefill(const AttentionParams& p) {
    const uint32_t sequences = p.header->sequences;
    const QueryTile tile = find_query_tile(p, sequences, gridDim.x - 1 - blockIdx.x);
    if (tile.sequence == sequences) return;
    const SequenceEntry& sequence = p.sequences[tile.sequence];
    const uint32_t kv_head = blockIdx.y;
    const uint32_t rows = sequence.token_count * p.group;
    const uint32_t chunk_start = first_position(sequence);
    const uint32_t last_row = min(tile.first_row + kTileRows, rows) - 1;
    const Visible tile_visible{visible_from(p, chunk_start + tile.first_row / p.group).first,
                               chunk_start + last_row / p.group + 1};

    DYNAMIC_SHARED(memory);
    auto& shared = *reinterpret_cast<PrefillShared<T, kWidth, kPositions>*>(memory);
    if (p.head_dim % 16 != 0) {
        // The last step over the features is half full. Copies never reach these columns, and the loop's first barrier
        // stands before their first reader.
        for (uint32_t row = threadIdx.x; row < kPositions; row += kPrefillThreads) {
            store(&shared.keys[row][p.head_dim], Pack<uint32_t, 4>{});
        }
    }
    const BlockTable table(p, sequence);
    const uint32_t offset = head_offset<T>(p, kv_head);
    const PagedCopy<T, kWidth, kPositions> keys{table, p.key_offset + offset, p.head_dim, tile_visible};
    const PagedCopy<T, kWidth, kPositions> values{table, p.value_offset + offset, p.head_dim, tile_visible};
    uint32_t position = tile_visible.first / kBlockTokens * kBlockTokens;
    keys.start(shared.keys, position);
    copy_async_commit();
    values.start(shared.values, position);
    copy_async_commit();

    const uint32_t warp_row = tile.first_row + threadIdx.x / 32 * 16;
    const bool has_rows = warp_row <= last_row;
    const uint32_t warp_last_row = min(warp_row + 15, last_row);
    const Visible warp_first = visible_from(p, chunk_start + min(warp_row, last_row) / p.group);
    const Visible warp_last = visible_from(p, chunk_start + warp_last_row / p.group);

    WarpRows<T, kWidth, kPositions> warp;
    warp.load(p, sequence, kv_head, warp_row + threadIdx.x % 32 / 4, rows);
    for (; position < tile_visible.end; position += kPositions) {
        const uint32_t next = position + kPositions;
        const bool is_seen = has_rows && position < warp_last.end && next > warp_first.first;
        const bool is_cut = next > warp_first.end || position < warp_last.first;
        float scores[kPositions / 8][4] = {};

        copy_async_wait<1>();
        __syncthreads();
        if (is_seen) {
            warp.multiply_keys(scores, shared.keys, p.head_dim);
        }
        copy_async_wait<0>();
        __syncthreads();
        if (next < tile_visible.end) {
            keys.start(shared.keys, next);
        }
        copy_async_commit();
        if (is_seen) {
            to_scores(p, scores);
            if (is_cut) {
                warp.mask(scores, position);
            }
            warp.to_weights(scores);
            warp.add_values(scores, shared.values, p.head_dim);
        }
        __syncthreads();
        if (next < tile_visible.end) {
            values.start(shared.values, next);
        }
        copy_async_commit();
    }
    if (has_rows) {
        warp.store(p, sequence, kv_head, rows);
    }
    if (kv_head == 0) {
        for (uint32_t row = tile.first_row; row <= last_row; ++row) {
            if (row % p.group == 0) {
                store_padding(p, sequence.first_token + row / p.group, threadIdx.x, kPrefillThreads);
            }
        }
    }
}

}  // namespace attention
