// Stores of results. The output's type is chosen at run time: there is one store for each result, so that kernels need
// not be compiled once for every pair of types.
#pragma once

#include "../common/pairs.cuh"
#include "params.cuh"

namespace attention {

__device__ __forceinline__ void store_output(const AttentionParams& p, uint32_t token, uint32_t column, float value) {
    const size_t index = size_t(token) * p.output_stride + column;
    if (p.output_type == kOutputBf16) {
        static_cast<bf16*>(p.output)[index] = from_float<bf16>(value);
    } else if (p.output_type == kOutputF16) {
        static_cast<f16*>(p.output)[index] = from_float<f16>(value);
    } else {
        static_cast<float*>(p.output)[index] = value;
    }
}

// Two neighbours, the first of which has an even column.
__device__ __forceinline__ void store_pair(
    const AttentionParams& p, uint32_t token, uint32_t column, float first, float second) {
    const size_t index = size_t(token) * p.output_stride + column;
    if (p.output_type == kOutputBf16) {
        store(static_cast<bf16*>(p.output) + index, pack_pair<bf16>(first, second));
    } else if (p.output_type == kOutputF16) {
        store(static_cast<f16*>(p.output) + index, pack_pair<f16>(first, second));
    } else {
        store(static_cast<float*>(p.output) + index, Pack<float, 2>{{first, second}});
    }
}

// Zeros from the last feature up to the row's stride, by `threads` threads.
__device__ __forceinline__ void store_padding(
    const AttentionParams& p, uint32_t token, uint32_t thread, uint32_t threads) {
    const uint32_t features = p.kv_heads * p.group * p.head_dim;
    for (uint32_t column = features + thread; column < p.output_stride; column += threads) {
        store_output(p, token, column, 0.0f);
    }
}

}  // namespace attention
