// What every kernel of a linear layer takes; `src/linear/parameters.rs` mirrors it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../common/step.cuh"

// `output[rows, features] = input[rows, inner] * weights[features, inner]^T + bias[features]`.
struct LinearParameters {
    uint64_t header;
    uint64_t input;
    uint64_t weights;
    // f32, one for each output feature; 0 for none.
    uint64_t bias;
    uint64_t output;
    // Partial sums `[splits, workspace_rows, workspace_stride]` in f32; 0 where nothing is split between blocks.
    uint64_t workspace;
    // A multiple of 64: counts the padding, which is 0 on both sides. Strides are in elements.
    uint32_t inner;
    uint32_t input_stride;
    uint32_t weight_stride;
    uint32_t output_stride;
    uint32_t features;
    // Columns of the output to write: those from `features` on get 0.
    uint32_t written;
    // Which field of the step's header counts the rows.
    uint32_t row_count;
    // Parts that the sums over `inner` are cut into.
    uint32_t splits;
    uint32_t workspace_rows;
    uint32_t workspace_stride;
};
static_assert(sizeof(LinearParameters) == 88, "as in Rust");

__device__ __forceinline__ uint32_t linear_rows(const LinearParameters& p) {
    return header_rows(p.header, p.row_count);
}

// Adds the bias and stores one output; `feature < written`.
__device__ __forceinline__ void store_output(const LinearParameters& p, uint32_t row, uint32_t feature, float sum) {
    if (feature >= p.features) {
        sum = 0.0f;
    } else if (p.bias != 0) {
        sum += reinterpret_cast<const float*>(p.bias)[feature];
    }
    reinterpret_cast<float*>(p.output)[static_cast<size_t>(row) * p.output_stride + feature] = sum;
}

// The part `split` of a sum, in the workspace.
__device__ __forceinline__ float* partial_sum(const LinearParameters& p, uint32_t split, uint32_t row, uint32_t feature) {
    const size_t line = static_cast<size_t>(split) * p.workspace_rows + row;
    return reinterpret_cast<float*>(p.workspace) + line * p.workspace_stride + feature;
}

// Stores a sum where it belongs: the output where nothing is split between blocks, the workspace otherwise.
__device__ __forceinline__ void store_sum(
    const LinearParameters& p, uint32_t split, uint32_t row, uint32_t feature, float sum) {
    if (p.splits == 1) {
        store_output(p, row, feature, sum);
    } else {
        *partial_sum(p, split, row, feature) = sum;
    }
}
