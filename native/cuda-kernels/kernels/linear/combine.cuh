// Adds up what the blocks of a split product left in the workspace.
#pragma once

#include "parameters.cuh"

// One thread for each output; the parts are added in ascending order, so that the same step gives the same bits.
__device__ __forceinline__ void combine(const LinearParameters& p) {
    const uint32_t row = blockIdx.y;
    const uint32_t feature = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= linear_rows(p) || feature >= p.written) {
        return;
    }
    float sum = 0.0f;
    for (uint32_t split = 0; split < p.splits; ++split) {
        sum += *partial_sum(p, split, row, feature);
    }
    store_output(p, row, feature, sum);
}
