// Products of many rows with a matrix on the tensor cores, whether memory or arithmetic is what takes the time.
#pragma once

#include "../ptx.cuh"
#include "params.cuh"
#include "tile.cuh"

namespace linear {

// How a block is laid out. Operands are swapped: output features are the 16 rows of an `mma` and the input's rows its 8
// columns, so that few rows waste little.
template <uint32_t features, uint32_t rows, uint32_t feature_warps, uint32_t row_warps, uint32_t stages>
struct MultiplyShape {
    static constexpr uint32_t kFeatures = features;
    static constexpr uint32_t kRows = rows;
    static constexpr uint32_t kFeatureWarps = feature_warps;
    static constexpr uint32_t kStages = stages;
    static constexpr uint32_t kThreads = kWarpSize * feature_warps * row_warps;
    static constexpr uint32_t kWarpFeatures = features / feature_warps;
    static constexpr uint32_t kWarpRows = rows / row_warps;
    static constexpr uint32_t kWeightBytes = features * kTileRowBytes;
    static constexpr uint32_t kStageBytes = (features + rows) * kTileRowBytes;
    // `mma` tiles of a warp.
    static constexpr uint32_t kFeatureTiles = kWarpFeatures / 16;
    static constexpr uint32_t kRowTiles = kWarpRows / 8;
    static_assert(kWarpFeatures % 16 == 0 && kWarpRows % 16 == 0, "whole operands for every warp");
};

// Stores a warp's sums, with the bias where they are whole, in the workspace where they are parts.
//
// A lane holds features `lane / 4` and 8 more of rows `2 * (lane % 4)` and one more: 8 lanes store 32 bytes side by side.
template <class Shape>
__device__ __forceinline__ void store_tile(
    const LinearParams& p,
    const float (&sums)[Shape::kFeatureTiles][Shape::kRowTiles][4],
    uint32_t part,
    uint32_t rows,
    uint32_t first_row,
    uint32_t first_feature) {
    const uint32_t lane = threadIdx.x % kWarpSize;
    const bool is_whole = p.parts == 1;
    float* target = is_whole ? p.output : partial_sum(p, part, 0, 0);
    const uint32_t stride = is_whole ? p.output_stride : p.workspace_stride;

    float bias[Shape::kFeatureTiles][2];
#pragma unroll
    for (uint32_t i = 0; i < Shape::kFeatureTiles * 2; ++i) {
        const uint32_t feature = first_feature + i * 8 + lane / 4;
        bias[i / 2][i % 2] = is_whole && p.bias != nullptr && feature < p.features ? p.bias[feature] : 0.0f;
    }
#pragma unroll
    for (uint32_t j = 0; j < Shape::kRowTiles * 2; ++j) {
        const uint32_t row = first_row + j / 2 * 8 + lane % 4 * 2 + j % 2;
        if (row >= rows) continue;
        float* target_row = target + static_cast<size_t>(row) * stride;
#pragma unroll
        for (uint32_t i = 0; i < Shape::kFeatureTiles * 2; ++i) {
            const uint32_t feature = first_feature + i * 8 + lane / 4;
            const float sum = sums[i / 2][j / 2][i % 2 * 2 + j % 2] + bias[i / 2][i % 2];
            if (feature < p.written) target_row[feature] = feature < p.features ? sum : 0.0f;
        }
    }
}

// The tile `[kFeatures, kRows]` of the transposed output, over one of `parts` parts of the sums.
//
// `blockIdx.x` counts row tiles within a group, `blockIdx.y` feature tiles, `blockIdx.z` groups times parts. Blocks that run
// side by side so share their weights, and the rows of a group stay in the second-level cache while the weights pass by.
//
// Tiles of `kTileInner` inner features go through a ring of stages in shared memory. In each turn the block waits for its
// copies, meets (now every thread sees what the others' copies brought, and none still reads the stage of the turn before),
// asks for the stage that takes that one's place, and multiplies. A turn always commits a group of copies, be it empty: so
// the number of groups that may be open stays the same to the end.
//
// Invariant: without parts an output is one chain of `mma` over ascending inner features, whatever the shape and wherever
// in the tile the row lies. So a row gives equal bits in all shapes, alone and in any batch.
//
// No part of the sums is empty: the launch sees to that.
//
// Rows beyond the count and features beyond the last are zeros in shared memory; nothing is read from where they would be.
template <class T, class Shape>
__device__ __forceinline__ void multiply(const LinearParams& p) {
    DYNAMIC_SHARED(stages);

    const uint32_t rows = *p.rows;
    const uint32_t part = blockIdx.z % p.parts;
    const uint32_t first_row = (blockIdx.z / p.parts * gridDim.x + blockIdx.x) * Shape::kRows;
    const uint32_t first_feature = blockIdx.y * Shape::kFeatures;
    if (first_row >= rows) return;
    const uint32_t tiles = p.inner / kTileInner;
    const uint32_t part_tiles = (tiles + p.parts - 1) / p.parts;
    const uint32_t first_tile = part * part_tiles;
    const uint32_t turns = first_tile + part_tiles < tiles ? part_tiles : tiles - first_tile;

    const auto copy = [&](uint32_t turn) {
        unsigned char* stage = stages + turn % Shape::kStages * Shape::kStageBytes;
        const uint32_t inner = (first_tile + turn) * kTileInner;
        copy_tile<Shape::kFeatures, Shape::kThreads>(
            stage, static_cast<const T*>(p.weights), p.weight_stride, first_feature, p.features, inner);
        copy_tile<Shape::kRows, Shape::kThreads>(
            stage + Shape::kWeightBytes, static_cast<const T*>(p.input), p.input_stride, first_row, rows, inner);
    };

    const uint32_t warp = threadIdx.x / kWarpSize;
    const uint32_t warp_feature = warp % Shape::kFeatureWarps * Shape::kWarpFeatures;
    const uint32_t warp_row = warp / Shape::kFeatureWarps * Shape::kWarpRows;
    float sums[Shape::kFeatureTiles][Shape::kRowTiles][4] = {};

    for (uint32_t turn = 0; turn < Shape::kStages - 1; ++turn) {
        if (turn < turns) copy(turn);
        copy_async_commit();
    }
    for (uint32_t turn = 0; turn < turns; ++turn) {
        copy_async_wait<Shape::kStages - 2>();
        __syncthreads();
        if (turn + Shape::kStages - 1 < turns) copy(turn + Shape::kStages - 1);
        copy_async_commit();

        const unsigned char* weights = stages + turn % Shape::kStages * Shape::kStageBytes;
        const unsigned char* input = weights + Shape::kWeightBytes;
#pragma unroll
        for (uint32_t chunk = 0; chunk < kTileRowBytes / 16; chunk += 2) {
            uint32_t a[Shape::kFeatureTiles][4];
#pragma unroll
            for (uint32_t i = 0; i < Shape::kFeatureTiles; ++i) load_a(a[i], weights, warp_feature + i * 16, chunk);
#pragma unroll
            for (uint32_t j = 0; j < Shape::kRowTiles / 2; ++j) {
                uint32_t b[4];
                load_b(b, input, warp_row + j * 16, chunk);
#pragma unroll
                for (uint32_t i = 0; i < Shape::kFeatureTiles; ++i) {
                    mma_m16n8k16<T>(sums[i][2 * j], a[i], {b[0], b[1]});
                    mma_m16n8k16<T>(sums[i][2 * j + 1], a[i], {b[2], b[3]});
                }
            }
        }
    }

    store_tile<Shape>(p, sums, part, rows, first_row + warp_row, first_feature + warp_feature);
}

}  // namespace linear
