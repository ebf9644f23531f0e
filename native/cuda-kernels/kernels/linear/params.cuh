// What every kernel of a linear layer takes, and where its sums go.
#pragma once

#include "../common/platform.cuh"

namespace linear {

// `output[rows, features] = input[rows, inner] * weights[features, inner]^T + bias[features]`; `src/linear/params.rs` mirrors
// it.
struct LinearParams {
    // How many rows the step has.
    const uint32_t* rows;
    // Both of the kernel's type of elements.
    const void* input;
    const void* weights;
    // One for each output feature; null for none.
    const float* bias;
    float* output;
    // Partial sums `[parts, workspace_rows, workspace_stride]`; null where no sum is cut between blocks.
    float* workspace;
    // A multiple of 64 that counts the padding, which is 0 on both sides. Strides are in elements.
    uint32_t inner;
    uint32_t input_stride;
    uint32_t weight_stride;
    uint32_t output_stride;
    uint32_t features;
    // Columns of the output to write: those from `features` on get 0.
    uint32_t written;
    // Blocks that share a sum.
    uint32_t parts;
    uint32_t workspace_rows;
    uint32_t workspace_stride;
    uint32_t reserved;
};
static_assert(sizeof(LinearParams) == 88);

// Adds the bias and stores one output; `feature < written`.
__device__ __forceinline__ void store_output(const LinearParams& p, uint32_t row, uint32_t feature, float sum) {
    if (feature >= p.features) {
        sum = 0.0f;
    } else if (p.bias != nullptr) {
        sum += p.bias[feature];
    }
    p.output[static_cast<size_t>(row) * p.output_stride + feature] = sum;
}

// One part of a sum, in the workspace.
__device__ __forceinline__ float* partial_sum(const LinearParams& p, uint32_t part, uint32_t row, uint32_t feature) {
    return p.workspace + (static_cast<size_t>(part) * p.workspace_rows + row) * p.workspace_stride + feature;
}

}  // namespace linear
