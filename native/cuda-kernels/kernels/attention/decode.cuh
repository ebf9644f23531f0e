// Attention of single tokens: for decoding, where every key is read once, and for all that the tensor cores do not take.
#pragma once

#include "decode_share.cuh"
#include "output.cuh"

namespace attention {

// Query heads of one KV head that a block of threads has together.
struct HeadTile {
    uint32_t kv_head;
    uint32_t first_head;
    uint32_t heads;
};

// `index` counts tiles within KV heads.
template <uint32_t kHeads>
__device__ __forceinline__ HeadTile head_tile(const AttentionParams& p, uint32_t index) {
    const uint32_t tiles = (p.group + kHeads - 1) / kHeads;
    const uint32_t first_in_group = index % tiles * kHeads;
    const uint32_t kv_head = index / tiles;
    return {kv_head, kv_head * p.group + first_in_group, min(kHeads, p.group - first_in_group)};
}

// Queries of a token, 0 for heads and features that there are none of, and empty totals.
template <class T, uint32_t kWidth, uint32_t kHeads, uint32_t kWarps>
__device__ __forceinline__ void start_token(
    const AttentionParams& p, DecodeShared<T, kWidth, kHeads, kWarps>& shared, const HeadTile& tile, uint32_t token) {
    const float* queries = p.queries + size_t(token) * p.query_stride;
    for (uint32_t i = threadIdx.x; i < kHeads * kWidth; i += kWarps * 32) {
        const uint32_t head = i / kWidth;
        const uint32_t feature = i % kWidth;
        const bool used = head < tile.heads && feature < p.head_dim;
        shared.queries[head][feature] = used ? queries[(tile.first_head + head) * p.head_dim + feature] : 0.0f;
        shared.total_values[head][feature] = 0.0f;
        if (feature == 0) shared.totals[0][head] = empty_softmax();
    }
}

// Merges the warps' sums of a share, and puts the result into the workspace or adds it to `totals[turn]`, which gives
// `totals[turn ^ 1]`: other features' threads still read the one while it becomes the other.
template <class T, uint32_t kWidth, uint32_t kHeads, uint32_t kWarps>
__device__ __forceinline__ void merge_share(
    const AttentionParams& p, DecodeShared<T, kWidth, kHeads, kWarps>& shared, const HeadTile& tile, uint32_t token,
    uint32_t share, uint32_t turn) {
    for (uint32_t i = threadIdx.x; i < kHeads * kWidth; i += kWarps * 32) {
        const uint32_t head = i / kWidth;
        const uint32_t feature = i % kWidth;
        if (head >= tile.heads || feature >= p.head_dim) continue;
        Softmax softmax = empty_softmax();
        float value = 0.0f;
#pragma unroll
        for (uint32_t warp = 0; warp < kWarps; ++warp) {
            merge(softmax, value, shared.warp_softmax[warp][head], shared.warp_values()[warp][head][feature]);
        }
        if (gridDim.z > 1) {
            const size_t row = size_t(token * p.kv_heads * p.group + tile.first_head + head) * p.shares + share;
            p.share_sums[row * p.head_dim + feature] = value;
            if (feature == 0) p.share_softmax[row] = softmax;
        } else {
            Softmax total = shared.totals[turn][head];
            merge(total, shared.total_values[head][feature], softmax, value);
            if (feature == 0) shared.totals[turn ^ 1][head] = total;
        }
    }
}

template <class T, uint32_t kWidth, uint32_t kHeads, uint32_t kWarps>
__device__ __forceinline__ void store_token(
    const AttentionParams& p, const DecodeShared<T, kWidth, kHeads, kWarps>& shared, const HeadTile& tile, uint32_t token,
    uint32_t turn) {
    for (uint32_t i = threadIdx.x; i < kHeads * kWidth; i += kWarps * 32) {
        const uint32_t head = i / kWidth;
        const uint32_t feature = i % kWidth;
        if (head < tile.heads && feature < p.head_dim) {
            const float value = normalised(shared.totals[turn][head], shared.total_values[head][feature]);
            store_output(p, token, (tile.first_head + head) * p.head_dim + feature, value);
        }
    }
    if (tile.first_head == 0) store_padding(p, token, threadIdx.x, kWarps * 32);
}

// One token in turn (`blockIdx.x`), and `kHeads` query heads of one KV head (`blockIdx.y`).
//
// The blocks of the sequence are dealt to `shares * kWarps` warps like cards, counted from the block of position 0. A warp
// reads its blocks alone, with keys and values on their way to its own part of shared memory while it works on
// those before, so that nothing in the loop waits for other warps. The sums of a share's warps are merged in the order of
// warps, shares in their order: by the combine kernel where each share has a block of its own (`blockIdx.z`), else here.
//
// Invariant: what a token adds up, and in which order, depends on its position, the window and `shares` alone.
template <class T, uint32_t kWidth, uint32_t kHeads, uint32_t kWarps>
__device__ __forceinline__ void attention_decode(const AttentionParams& p) {
    DYNAMIC_SHARED(memory);
    auto& shared = *reinterpret_cast<DecodeShared<T, kWidth, kHeads, kWarps>*>(memory);
    const HeadTile tile = head_tile<kHeads>(p, blockIdx.y);
    const uint32_t tokens = p.header->tokens;
    for (uint32_t token = blockIdx.x; token < tokens; token += gridDim.x) {
        const SequenceEntry* sequence = decode_sequence(p, token);
        if (sequence == nullptr) continue;
        const Visible visible = visible_from(p, first_position(*sequence) + token - sequence->first_token);
        start_token(p, shared, tile, token);
        __syncthreads();
        uint32_t turn = 0;
        for (uint32_t share = blockIdx.z; share < p.shares; share += gridDim.z) {
            decode_share(p, shared, *sequence, visible, tile.kv_head, share);
            merge_share(p, shared, tile, token, share, turn);
            turn ^= 1;
            // The next share overwrites what was merged; the output needs the totals.
            __syncthreads();
        }
        if (gridDim.z == 1) store_token(p, shared, tile, token, turn);
        // The next token overwrites the totals.
        __syncthreads();
    }
}

}  // namespace attention
