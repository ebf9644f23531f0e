// Products of many rows with a matrix on the tensor cores, whether memory or arithmetic is what takes the time.
#pragma once

#include "../common/types.cuh"
#include "../ptx.cuh"
#include "parameters.cuh"
#include "tile.cuh"

// How a block is laid out. Operands are swapped: output features are the 16 rows of an `mma` and the input's rows its 8
// columns, so that few rows waste little.
template <uint32_t features, uint32_t rows, uint32_t feature_warps, uint32_t row_warps, uint32_t stages>
struct MultiplyShape {
    static constexpr uint32_t kFeatures = features;
    static constexpr uint32_t kRows = rows;
    static constexpr uint32_t kFeatureWarps = feature_warps;
    static constexpr uint32_t kStages = stages;
    static constexpr uint32_t kThreads = 32 * feature_warps * row_warps;
    static constexpr uint32_t kWarpFeatures = features / feature_warps;
    static constexpr uint32_t kWarpRows = rows / row_warps;
    static constexpr uint32_t kWeightBytes = features * kTileRowBytes;
    static constexpr uint32_t kStageBytes = (features + rows) * kTileRowBytes;
    static_assert(kWarpFeatures % 16 == 0 && kWarpRows % 16 == 0, "whole operands for every warp");
};

// The tile `[kFeatures, kRows]` of the transposed output, over one of `splits` parts of the sums.
//
// `blockIdx.x` counts row tiles within a group, `blockIdx.y` feature tiles, `blockIdx.z` groups times splits. Blocks that run
// side by side so share their weights, and the rows of a group stay in the second-level cache while the weights pass by.
//
// Tiles of `kTileInner` inner features go through a ring of stages in shared memory. In each turn the block waits for its
// copies, meets (now every thread sees what the others' copies brought, and none still reads the stage of the turn before),
// asks for the stage that takes that one's place, and multiplies. A turn always commits a group of copies, be it empty: so
// the number of groups that may be open stays the same to the end.
//
// Invariant: without splits an output is one chain of `mma` over ascending inner features, whatever the shape and wherever
// in the tile the row lies. So a row gives equal bits in all shapes, alone and in any batch.
//
// Rows beyond the count and features beyond the last are zeros in shared memory; nothing is read from where they would be.
template <typename T, typename Shape>
__device__ __forceinline__ void multiply(const LinearParameters& p) {
    extern __shared__ __align__(128) unsigned char stages[];

    const uint32_t rows = linear_rows(p);
    const uint32_t split = blockIdx.z % p.splits;
    const uint32_t first_row = (blockIdx.z / p.splits * gridDim.x + blockIdx.x) * Shape::kRows;
    const uint32_t first_feature = blockIdx.y * Shape::kFeatures;
    if (first_row >= rows) {
        return;
    }
    const uint32_t tiles = p.inner / kTileInner;
    const uint32_t split_tiles = (tiles + p.splits - 1) / p.splits;
    const uint32_t first_tile = min(split * split_tiles, tiles);
    const uint32_t turns = min(split_tiles, tiles - first_tile);

    const auto copy = [&](uint32_t turn) {
        unsigned char* stage = stages + turn % Shape::kStages * Shape::kStageBytes;
        const uint32_t inner = (first_tile + turn) * kTileInner;
        copy_tile<Shape::kFeatures, Shape::kThreads>(
            stage, reinterpret_cast<const T*>(p.weights), p.weight_stride, first_feature, p.features, inner);
        copy_tile<Shape::kRows, Shape::kThreads>(
            stage + Shape::kWeightBytes, reinterpret_cast<const T*>(p.input), p.input_stride, first_row, rows, inner);
    };

    const uint32_t warp = threadIdx.x / 32;
    const uint32_t warp_feature = warp % Shape::kFeatureWarps * Shape::kWarpFeatures;
    const uint32_t warp_row = warp / Shape::kFeatureWarps * Shape::kWarpRows;
    float sums[Shape::kWarpFeatures / 16][Shape::kWarpRows / 8][4] = {};

    for (uint32_t turn = 0; turn < Shape::kStages - 1; ++turn) {
        if (turn < turns) {
            copy(turn);
        }
        copy_async_commit();
    }
    for (uint32_t turn = 0; turn < turns; ++turn) {
        copy_async_wait<Shape::kStages - 2>();
        __syncthreads();
        if (turn + Shape::kStages - 1 < turns) {
            copy(turn + Shape::kStages - 1);
        }
        copy_async_commit();

        const unsigned char* weights = stages + turn % Shape::kStages * Shape::kStageBytes;
        const unsigned char* input = weights + Shape::kWeightBytes;
#pragma unroll
        for (uint32_t chunk = 0; chunk < kTileRowBytes / 16; chunk += 2) {
            uint32_t a[Shape::kWarpFeatures / 16][4];
#pragma unroll
            for (uint32_t i = 0; i < Shape::kWarpFeatures / 16; ++i) {
                load_a(a[i], weights, warp_feature + i * 16, chunk);
            }
#pragma unroll
            for (uint32_t j = 0; j < Shape::kWarpRows / 16; ++j) {
                uint32_t b[4];
                load_b(b, input, warp_row + j * 16, chunk);
#pragma unroll
                for (uint32_t i = 0; i < Shape::kWarpFeatures / 16; ++i) {
                    multiply_add<T>(sums[i][2 * j], a[i], b[0], b[1]);
                    multiply_add<T>(sums[i][2 * j + 1], a[i], b[2], b[3]);
                }
            }
        }
    }

    // A lane holds features `lane / 4` and 8 more of rows `2 * (lane % 4)` and one more: 8 lanes store 32 bytes side by side.
    const uint32_t lane = threadIdx.x % 32;
#pragma unroll
    for (uint32_t i = 0; i < Shape::kWarpFeatures / 16; ++i) {
#pragma unroll
        for (uint32_t j = 0; j < Shape::kWarpRows / 8; ++j) {
#pragma unroll
            for (uint32_t e = 0; e < 4; ++e) {
                const uint32_t feature = first_feature + warp_feature + i * 16 + lane / 4 + e / 2 * 8;
                const uint32_t row = first_row + warp_row + j * 8 + lane % 4 * 2 + e % 2;
                if (row < rows && feature < p.written) {
                    store_sum(p, split, row, feature, sums[i][j][e]);
                }
            }
        }
    }
}
