// Products of a few rows with a matrix, at the speed of the memory that the matrix lies in.
#pragma once

#include "../common/memory.cuh"
#include "../common/types.cuh"
#include "../ptx.cuh"
#include "params.cuh"
#include "warp_sums.cuh"

namespace linear {

// Warps of a block: `blockDim.x / 32` share a sum, `blockDim.y` groups of these have output features of their own.
constexpr uint32_t kGemvWarps = 8;
// Output features of a warp.
constexpr uint32_t kGemvFeatures = 4;

// Adds the products of 16 bytes of each row with 16 bytes of each output feature's weights.
template <class T, uint32_t kRows>
__device__ __forceinline__ void add_products(
    float (&sums)[kRows * kGemvFeatures],
    const Pack16<T> (&weights)[kGemvFeatures],
    const T* input,
    const uint32_t (&row_offset)[kRows]) {
#pragma unroll
    for (uint32_t r = 0; r < kRows; ++r) {
        const auto row = load<Pack16<T>>(input + row_offset[r]);
#pragma unroll
        for (uint32_t f = 0; f < kGemvFeatures; ++f) {
#pragma unroll
            for (uint32_t e = 0; e < Pack16<T>::kCount; ++e) {
                float& sum = sums[r * kGemvFeatures + f];
                sum = __fmaf_rn(to_float(row.at[e]), to_float(weights[f].at[e]), sum);
            }
        }
    }
}

// Rows from `blockIdx.y * kRows` on, by all output features.
//
// The warps that share a sum take steps of 32 times 16 bytes in turn. A warp asks for `kUnroll` of its steps for all of its
// features before it uses the first: with 16 warps on a multiprocessor 32 KB and more are under way. Weights pass by the
// first-level cache, in which the rows stay that every warp reads.
//
// Invariant: an output depends on its row, its feature's weights, `inner` and the number of warps that share a sum alone. A
// lane adds its products in ascending order, lanes are added in a fixed tree, warps in ascending order: neither `kRows`,
// `kUnroll` nor the row's place matters. So a row gives equal bits alone and in any chunk.
//
// Rows beyond the count are read as the chunk's first, features beyond the last as the warp's first or the last; neither is
// stored.
template <class T, uint32_t kRows, uint32_t kUnroll>
__device__ __forceinline__ void gemv(const LinearParams& p) {
    constexpr uint32_t kStep = kWarpSize * Pack16<T>::kCount;
    SHARED(partial, float[kGemvWarps][kRows * kGemvFeatures]);

    const uint32_t rows = *p.rows;
    const uint32_t first_row = blockIdx.y * kRows;
    if (first_row >= rows) return;
    const uint32_t lane = threadIdx.x % kWarpSize;
    const uint32_t part = threadIdx.x / kWarpSize;
    const uint32_t parts = blockDim.x / kWarpSize;
    const uint32_t warp = threadIdx.y * parts + part;
    const uint32_t first_feature = (blockIdx.x * blockDim.y + threadIdx.y) * kGemvFeatures;

    // Offsets take half the registers that pointers would.
    const T* input = static_cast<const T*>(p.input) + static_cast<size_t>(first_row) * p.input_stride;
    uint32_t row_offset[kRows];
#pragma unroll
    for (uint32_t r = 0; r < kRows; ++r) row_offset[r] = first_row + r < rows ? r * p.input_stride : 0;
    const uint32_t valid_feature = first_feature < p.features ? first_feature : p.features - 1;
    const T* weights = static_cast<const T*>(p.weights) + static_cast<size_t>(valid_feature) * p.weight_stride;
    uint32_t feature_offset[kGemvFeatures];
#pragma unroll
    for (uint32_t f = 0; f < kGemvFeatures; ++f) {
        feature_offset[f] = first_feature + f < p.features ? f * p.weight_stride : 0;
    }

    float sums[kRows * kGemvFeatures] = {};
    const uint32_t stride = parts * kStep;
    uint32_t inner = part * kStep + lane * Pack16<T>::kCount;
    for (; inner + (kUnroll - 1) * stride < p.inner; inner += kUnroll * stride) {
        Pack16<T> packs[kUnroll][kGemvFeatures];
#pragma unroll
        for (uint32_t u = 0; u < kUnroll; ++u) {
#pragma unroll
            for (uint32_t f = 0; f < kGemvFeatures; ++f) {
                packs[u][f] = load_streaming<Pack16<T>>(weights + (inner + u * stride + feature_offset[f]));
            }
        }
#pragma unroll
        for (uint32_t u = 0; u < kUnroll; ++u) add_products(sums, packs[u], input + (inner + u * stride), row_offset);
    }
    for (; kUnroll > 1 && inner < p.inner; inner += stride) {
        Pack16<T> packs[kGemvFeatures];
#pragma unroll
        for (uint32_t f = 0; f < kGemvFeatures; ++f) {
            packs[f] = load_streaming<Pack16<T>>(weights + (inner + feature_offset[f]));
        }
        add_products(sums, packs, input + inner, row_offset);
    }

    warp_sums<kRows * kGemvFeatures>(sums);
    constexpr uint32_t kLanes = kWarpSize / (kRows * kGemvFeatures);
    if (lane % kLanes == 0) partial[warp][lane / kLanes] = sums[0];
    __syncthreads();

    // The first of the warps that share sums has a lane for each of them.
    const uint32_t row = first_row + lane / kGemvFeatures;
    const uint32_t feature = first_feature + lane % kGemvFeatures;
    if (part == 0 && lane < kRows * kGemvFeatures && row < rows && feature < p.written) {
        float sum = partial[warp][lane];
        for (uint32_t other = 1; other < parts; ++other) sum += partial[warp + other][lane];
        store_output(p, row, feature, sum);
    }
}

}  // namespace linear
