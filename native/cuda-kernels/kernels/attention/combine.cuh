// The last step of tokens whose shares were summed by blocks of their own.
#pragma once

#include "output.cuh"
#include "positions.cuh"
#include "softmax.cuh"

namespace attention {

constexpr uint32_t kCombineThreads = 64;

// One token (`blockIdx.x`) and head (`blockIdx.y`). Shares are merged in their order; a batch of them is loaded before the
// first is used, since each load takes much longer than a merge.
__device__ __forceinline__ void attention_combine_shares(const AttentionParams& p) {
    constexpr uint32_t kBatch = 8;
    const uint32_t token = blockIdx.x;
    if (token >= p.header->tokens || decode_sequence(p, token) == nullptr) return;
    const uint32_t head = blockIdx.y;
    const size_t row = size_t(token * p.kv_heads * p.group + head) * p.shares;
    const Softmax* softmax = p.share_softmax + row;
    const float* sums = p.share_sums + row * p.head_dim;
    for (uint32_t feature = threadIdx.x; feature < p.head_dim; feature += kCombineThreads) {
        Softmax total = empty_softmax();
        float value = 0.0f;
        for (uint32_t first = 0; first < p.shares; first += kBatch) {
            Softmax pieces[kBatch];
            float values[kBatch];
#pragma unroll
            for (uint32_t i = 0; i < kBatch; ++i) {
                const uint32_t share = first + i;
                const bool exists = share < p.shares;
                pieces[i] = exists ? softmax[share] : empty_softmax();
                values[i] = exists ? sums[size_t(share) * p.head_dim + feature] : 0.0f;
            }
#pragma unroll
            for (uint32_t i = 0; i < kBatch; ++i) {
                merge(total, value, pieces[i], values[i]);
            }
        }
        store_output(p, token, head * p.head_dim + feature, normalised(total, value));
    }
    if (head == 0) {
        store_padding(p, token, threadIdx.x, kCombineThreads);
    }
}

}  // namespace attention
