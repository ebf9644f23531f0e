// Attention of single tokens: for decoding, where every key is read once, and for all that the tensor cores do not take.
#pragma once

#include "decode_share.cuh"
#include "output.cuh"

// One token, and `kHeads` query heads of one KV head: `blockIdx.y` counts tiles of heads within KV heads.
//
// The blocks of the sequence are dealt to `shares * kWarps` warps like cards, counted from the block of position 0. A warp
// reads its blocks alone, with keys and values on their way to its own part of shared memory while it works on
// those before, so that nothing in the loop waits for other warps. The sums of a share's warps are merged in the order of
// warps, shares in their order: by the combine kernel where each share has a block of its own (`blockIdx.z`), else here.
//
// Invariant: what a token adds up, and in which order, depends on its position, the window and `shares` alone.
template <class T, uint32_t kWidth, uint32_t kHeads, uint32_t kWarps>
__device__ __forceinline__ void attention_decode(const AttentionParams& p) {
    using Shared = DecodeShared<T, kWidth, kHeads, kWarps>;
    const uint32_t token = blockIdx.x;
    const SequenceEntry* found = decode_sequence(p, token);
    if (found == nullptr) return;
    const SequenceEntry& sequence = *found;
    const Visible visible = visible_from(p, first_position(sequence) + token - sequence.first_token);
    const uint32_t tiles = (p.group + kHeads - 1) / kHeads;
    const uint32_t kv_head = blockIdx.y / tiles;
    const uint32_t first_in_group = blockIdx.y % tiles * kHeads;
    const uint32_t first_head = kv_head * p.group + first_in_group;
    const uint32_t heads = min(kHeads, p.group - first_in_group);
    const uint32_t first_row = token * p.kv_heads * p.group + first_head;

    DYNAMIC_SHARED(memory);
    Shared& shared = *reinterpret_cast<Shared*>(memory);
    const float* queries = p.queries + size_t(token) * p.query_stride;
    for (uint32_t i = threadIdx.x; i < kHeads * kWidth; i += kWarps * 32) {
        const uint32_t head = i / kWidth;
        const uint32_t feature = i % kWidth;
        const bool used = head < heads && feature < p.head_dim;
        shared.queries[head][feature] = used ? queries[(first_head + head) * p.head_dim + feature] : 0.0f;
        shared.total_values[head][feature] = 0.0f;
        if (feature == 0) {
            shared.totals[0][head] = empty_softmax();
        }
    }
    __syncthreads();

    uint32_t turn = 0;
    for (uint32_t share = blockIdx.z; share < p.shares; share += gridDim.z) {
        decode_share<T, kWidth, kHeads, kWarps>(p, shared, sequence, visible, kv_head, share);
        for (uint32_t i = threadIdx.x; i < kHeads * kWidth; i += kWarps * 32) {
            const uint32_t head = i / kWidth;
            const uint32_t feature = i % kWidth;
            if (head >= heads || feature >= p.head_dim) {
                continue;
            }
            Softmax softmax = empty_softmax();
            float value = 0.0f;
#pragma unroll
            for (uint32_t warp = 0; warp < kWarps; ++warp) {
                merge(softmax, value, shared.warp_softmax[warp][head], shared.warp_values()[warp][head][feature]);
            }
            if (gridDim.z > 1) {
                const size_t row = size_t(first_row + head) * p.shares + share;
                p.share_sums[row * p.head_dim + feature] = value;
                if (feature == 0) {
                    p.share_softmax[row] = softmax;
                }
                continue;
            }
            // Other features' threads still read the total so far: the new one goes beside it.
            Softmax total = shared.totals[turn][head];
            merge(total, shared.total_values[head][feature], softmax, value);
            if (feature == 0) {
                shared.totals[turn ^ 1][head] = total;
            }
        }
        turn ^= 1;
        // The next share overwrites what was merged; the output needs the totals.
        __syncthreads();
    }
    if (gridDim.z > 1) {
        return;
    }
    for (uint32_t i = threadIdx.x; i < kHeads * kWidth; i += kWarps * 32) {
        const uint32_t head = i / kWidth;
        const uint32_t feature = i % kWidth;
        if (head < heads && feature < p.head_dim) {
            const float value = normalised(shared.totals[turn][head], shared.total_values[head][feature]);
            store_output(p, token, (first_head + head) * p.head_dim + feature, value);
        }
    }
    if (first_head == 0) {
        store_padding(p, token, threadIdx.x, kWarps * 32);
    }
}
