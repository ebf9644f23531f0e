// One share of a token's attention: each warp over the blocks that were dealt to it.
#pragma once

#include "../common/pairs.cuh"
#include "../ptx.cuh"
#include "positions.cuh"
#include "softmax.cuh"

namespace attention {

// Shared memory of the decode kernel, sized at compile time so that the launch can name it.
template <class T, uint32_t kWidth, uint32_t kHeads, uint32_t kWarps>
struct DecodeShared {
    // Rows lie 16 bytes more than a power of two apart: eight lanes that read 16 bytes of eight rows meet all banks.
    static constexpr uint32_t kRow = kWidth + 16 / sizeof(T);

    alignas(16) float queries[kHeads][kWidth];
    alignas(16) float weights[kWarps][kBlockTokens][kHeads];
    alignas(16) float total_values[kHeads][kWidth];
    Softmax totals[2][kHeads];
    Softmax warp_softmax[kWarps][kHeads];
    // Keys and values of a block, one of each for a warp.
    alignas(16) T stage[kWarps][2][kBlockTokens][kRow];

    // Sums of the warps, where the stages lay; it takes less, as there are no more heads than tokens in half a block.
    using WarpValues = float[kHeads][kWidth];
    __device__ WarpValues* warp_values() { return reinterpret_cast<WarpValues*>(stage); }
    static_assert(sizeof(WarpValues) * kWarps <= sizeof(stage));
};

// Starts the copy of one side of a block by one warp. Positions that the token does not see become 0: nothing need have been
// written there, and a weight of 0 does not take away what is not a number.
template <class T, uint32_t kWidth, uint32_t kRow>
__device__ __forceinline__ void copy_block(T (&stage)[kBlockTokens][kRow], const uint8_t* from, uint32_t head_dim,
                                           Visible visible, uint32_t block) {
    constexpr uint32_t kVector = 16 / sizeof(T);
    constexpr uint32_t kVectors = kWidth / kVector;
    for (uint32_t i = threadIdx.x % 32; i < kBlockTokens * kVectors; i += 32) {
        const uint32_t row = i / kVectors;
        const uint32_t feature = i % kVectors * kVector;
        if (feature < head_dim) {
            const T* source = reinterpret_cast<const T*>(from) + row * head_dim + feature;
            copy_async_16(&stage[row][feature], source, visible.contains(block * kBlockTokens + row));
        }
    }
}

// Products of the lane's half of the features of one key with the queries of all heads.
template <class T, uint32_t kWidth, uint32_t kHeads>
__device__ __forceinline__ void multiply_key(float (&products)[kHeads], const T* key, const float (&queries)[kHeads][kWidth],
                                             uint32_t head_dim) {
    const uint32_t half = threadIdx.x % 32 / kBlockTokens;
#pragma unroll 2
    for (uint32_t feature = half * 8; feature < head_dim; feature += 16) {
        float factors[8];
        load_floats(key + feature, factors);
#pragma unroll
        for (uint32_t head = 0; head < kHeads; ++head) {
            float query[8];
            load_floats(&queries[head][feature], query);
#pragma unroll
            for (uint32_t i = 0; i < 8; ++i) {
                products[head] = fmaf(factors[i], query[i], products[head]);
            }
        }
    }
}

// Sums of a warp's blocks of one share, left in `warp_values` and `warp_softmax` for all threads to see.
//
// Two lanes make the score of a position, each from every other 8 features; in the sums over values each lane has
// `kWidth / 32` features of its own. Keys and values have one place each: the next keys travel while values are summed, the
// next values while keys are multiplied. Each of the two copies is a group of its own, empty where no block is left,
// so that waiting for all but one group always waits for the one that is needed.
template <class T, uint32_t kWidth, uint32_t kHeads, uint32_t kWarps>
__device__ __forceinline__ void decode_share(
    const AttentionParams& p, DecodeShared<T, kWidth, kHeads, kWarps>& shared, const SequenceEntry& sequence, Visible visible,
    uint32_t kv_head, uint32_t share) {
    constexpr uint32_t kFeatures = kWidth / 32;
    constexpr uint32_t kRow = DecodeShared<T, kWidth, kHeads, kWarps>::kRow;
    const uint32_t warp = threadIdx.x / 32;
    const uint32_t lane = threadIdx.x % 32;
    const uint32_t own_position = lane % kBlockTokens;
    const uint32_t own_feature = lane * kFeatures;
    T (&keys)[kBlockTokens][kRow] = shared.stage[warp][0];
    T (&values)[kBlockTokens][kRow] = shared.stage[warp][1];
    const uint64_t key_offset = p.key_offset + head_offset<T>(p, kv_head);
    const uint64_t value_offset = p.value_offset + head_offset<T>(p, kv_head);

    const uint32_t stride = p.shares * kWarps;
    const uint32_t first_block = visible.first / kBlockTokens;
    const uint32_t end_block = (visible.end + kBlockTokens - 1) / kBlockTokens;
    const uint32_t dealt = share * kWarps + warp;
    uint32_t block = first_block + (dealt + stride - first_block % stride) % stride;

    const BlockTable table(p, sequence);
    const uint8_t* start = block < end_block ? table.start(block) : nullptr;
    if (block < end_block) {
        copy_block<T, kWidth>(keys, start + key_offset, p.head_dim, visible, block);
    }
    copy_async_commit();
    if (block < end_block) {
        copy_block<T, kWidth>(values, start + value_offset, p.head_dim, visible, block);
    }
    copy_async_commit();

    Softmax softmax[kHeads];
    float sums[kHeads][kFeatures] = {};
#pragma unroll
    for (uint32_t head = 0; head < kHeads; ++head) {
        softmax[head] = empty_softmax();
    }
    while (block < end_block) {
        const uint32_t next = block + stride;
        start = next < end_block ? table.start(next) : nullptr;

        copy_async_wait<1>();
        __syncwarp();
        float weights[kHeads] = {};
        multiply_key(weights, keys[own_position], shared.queries, p.head_dim);
        const bool seen = visible.contains(block * kBlockTokens + own_position);
#pragma unroll
        for (uint32_t head = 0; head < kHeads; ++head) {
            const float product = weights[head] + __shfl_xor_sync(kAllLanes, weights[head], kBlockTokens);
            const float score = seen ? score_of(p, product) : -INFINITY;
            float maximum = fmaxf(softmax[head].maximum, score);
#pragma unroll
            for (uint32_t distance = kBlockTokens / 2; distance > 0; distance /= 2) {
                maximum = fmaxf(maximum, __shfl_xor_sync(kAllLanes, maximum, distance));
            }
            const float before = weight_of(softmax[head].maximum, maximum);
            weights[head] = weight_of(score, maximum);
            softmax[head].sum = fmaf(before, softmax[head].sum, weights[head]);
            softmax[head].maximum = maximum;
#pragma unroll
            for (uint32_t i = 0; i < kFeatures; ++i) {
                sums[head][i] *= before;
            }
        }
        if (lane < kBlockTokens) {
            store_floats(shared.weights[warp][own_position], weights);
        }
        // All lanes are done with the keys, and see the weights.
        __syncwarp();
        if (next < end_block) {
            copy_block<T, kWidth>(keys, start + key_offset, p.head_dim, visible, next);
        }
        copy_async_commit();

        copy_async_wait<1>();
        __syncwarp();
        if (own_feature < p.head_dim) {
#pragma unroll 4
            for (uint32_t position = 0; position < kBlockTokens; ++position) {
                float value[kFeatures];
                load_floats(&values[position][own_feature], value);
                float weight[kHeads];
                load_floats(shared.weights[warp][position], weight);
#pragma unroll
                for (uint32_t head = 0; head < kHeads; ++head) {
#pragma unroll
                    for (uint32_t i = 0; i < kFeatures; ++i) {
                        sums[head][i] = fmaf(weight[head], value[i], sums[head][i]);
                    }
                }
            }
        }
        // All lanes are done with values and weights.
        __syncwarp();
        if (next < end_block) {
            copy_block<T, kWidth>(values, start + value_offset, p.head_dim, visible, next);
        }
        copy_async_commit();
        block = next;
    }

    // The warps' sums overwrite the stages of all warps.
    copy_async_wait<0>();
    __syncthreads();
#pragma unroll
    for (uint32_t head = 0; head < kHeads; ++head) {
        // Each of the two lanes of a position has counted it.
#pragma unroll
        for (uint32_t distance = kBlockTokens / 2; distance > 0; distance /= 2) {
            softmax[head].sum += __shfl_xor_sync(kAllLanes, softmax[head].sum, distance);
        }
        if (lane == 0) {
            shared.warp_softmax[warp][head] = softmax[head];
        }
        store_floats(&shared.warp_values()[warp][head][own_feature], sums[head]);
    }
    __syncthreads();
}

}  // namespace attention
