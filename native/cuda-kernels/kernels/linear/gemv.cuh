// Products of a few rows with a matrix, at the speed of the memory that the matrix lies in.
#pragma once

#include "../common/types.cuh"
#include "../ptx.cuh"
#include "parameters.cuh"

// Warps of a block, which share the block's output features, or a feature's sum, or some of both.
constexpr uint32_t kGemvWarps = 8;
// Output features of a warp.
constexpr uint32_t kGemvFeatures = 4;

// `kRows` rows from `blockIdx.y * kRows` on, by all output features.
//
// `splits` warps share a group of `kGemvFeatures` output features; a warp takes every `splits`-th step of 32 16-byte vectors,
// `kUnroll` steps at once. All weights of these are asked for before the first is used, so that 16 warps on a multiprocessor
// keep 32 KB and more under way. They pass by the first-level cache, in which the rows stay that every warp reads.
//
// Invariant: an output depends on its row, its feature's weights, `inner` and `splits` alone. A lane adds its products in
// ascending order, lanes are added in a fixed tree, warps in ascending order: neither `kRows`, `kUnroll` nor the row's place
// matters. So a row gives equal bits alone and in any chunk.
//
// Rows beyond the count are read as the chunk's first, features beyond the last as the warp's first or the last; neither is
// stored.
template <typename T, uint32_t kRows, uint32_t kUnroll>
__device__ __forceinline__ void gemv(const LinearParameters& p) {
    constexpr uint32_t kVector = 16 / sizeof(T);
    constexpr uint32_t kStep = 32 * kVector;
    __shared__ float partial[kGemvWarps][kRows * kGemvFeatures];

    const uint32_t rows = linear_rows(p);
    const uint32_t first_row = blockIdx.y * kRows;
    if (first_row >= rows) {
        return;
    }
    const uint32_t lane = threadIdx.x % 32;
    const uint32_t warp = threadIdx.x / 32;
    const uint32_t split = warp % p.splits;
    const uint32_t first_feature =
        (blockIdx.x * (kGemvWarps / p.splits) + warp / p.splits) * kGemvFeatures;

    // Offsets take half the registers that pointers would.
    const T* input = reinterpret_cast<const T*>(p.input) + static_cast<size_t>(first_row) * p.input_stride;
    uint32_t row_offset[kRows];
#pragma unroll
    for (uint32_t r = 0; r < kRows; ++r) {
        row_offset[r] = first_row + r < rows ? r * p.input_stride : 0;
    }
    const uint32_t valid_feature = min(first_feature, p.features - 1);
    const T* weights = reinterpret_cast<const T*>(p.weights) + static_cast<size_t>(valid_feature) * p.weight_stride;
    uint32_t feature_offset[kGemvFeatures];
#pragma unroll
    for (uint32_t f = 0; f < kGemvFeatures; ++f) {
        feature_offset[f] = first_feature + f < p.features ? f * p.weight_stride : 0;
    }

    float sums[kRows][kGemvFeatures] = {};
    const uint32_t stride = p.splits * kStep;
    for (uint32_t start = split * kStep + lane * kVector; start < p.inner; start += kUnroll * stride) {
        uint4 packed[kUnroll][kGemvFeatures];
#pragma unroll
        for (uint32_t u = 0; u < kUnroll; ++u) {
            const uint32_t k = start + u * stride;
#pragma unroll
            for (uint32_t f = 0; f < kGemvFeatures; ++f) {
                packed[u][f] = k < p.inner ? load_streaming(weights + feature_offset[f] + k) : uint4{0, 0, 0, 0};
            }
        }
#pragma unroll
        for (uint32_t u = 0; u < kUnroll; ++u) {
            const uint32_t k = start + u * stride;
            if (k >= p.inner) {
                break;
            }
            float w[kGemvFeatures][kVector];
#pragma unroll
            for (uint32_t f = 0; f < kGemvFeatures; ++f) {
                widen<T>(packed[u][f], w[f]);
            }
#pragma unroll
            for (uint32_t r = 0; r < kRows; ++r) {
                float x[kVector];
                widen<T>(load_vector(input + row_offset[r] + k), x);
#pragma unroll
                for (uint32_t f = 0; f < kGemvFeatures; ++f) {
#pragma unroll
                    for (uint32_t e = 0; e < kVector; ++e) {
                        sums[r][f] = fmaf(x[e], w[f][e], sums[r][f]);
                    }
                }
            }
        }
    }

#pragma unroll
    for (uint32_t r = 0; r < kRows; ++r) {
#pragma unroll
        for (uint32_t f = 0; f < kGemvFeatures; ++f) {
            const float sum = warp_sum(sums[r][f]);
            if (lane == 0) {
                partial[warp][r * kGemvFeatures + f] = sum;
            }
        }
    }
    __syncthreads();

    // One thread for each output of the block: `split` 0's warp stores what the warps of its group found.
    if (split == 0 && lane < kRows * kGemvFeatures) {
        const uint32_t row = first_row + lane / kGemvFeatures;
        const uint32_t feature = first_feature + lane % kGemvFeatures;
        if (row < rows && feature < p.written) {
            float sum = partial[warp][lane];
            for (uint32_t s = 1; s < p.splits; ++s) {
                sum += partial[warp + s][lane];
            }
            store_output(p, row, feature, sum);
        }
    }
}
