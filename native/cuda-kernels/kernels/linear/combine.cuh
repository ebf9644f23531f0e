// Adds up what the blocks of a part product left in the workspace.
#pragma once

#include "params.cuh"

namespace linear {

// One thread for each output; the parts are added in ascending order, so that the same step gives the same bits.
__device__ __forceinline__ void combine(const LinearParams& p) {
    const uint32_t row = blockIdx.y;
    const uint32_t feature = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= *p.rows || feature >= p.written) return;
    float sum = 0.0f;
    for (uint32_t part = 0; part < p.parts; ++part) sum += *partial_sum(p, part, row, feature);
    store_output(p, row, feature, sum);
}

}  // namespace linear
