// Sums and maxima over a warp and over a block. Every thread gets the same bits, and they do not depend on timing: the order
// of the additions is that of the lanes.
#pragma once

#include "platform.cuh"

__device__ __forceinline__ float warp_sum(float value) {
    for (unsigned bits = kWarpSize / 2; bits > 0; bits /= 2) value += __shfl_xor_sync(kAllLanes, value, bits);
    return value;
}

__device__ __forceinline__ float warp_max(float value) {
    for (unsigned bits = kWarpSize / 2; bits > 0; bits /= 2) {
        value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, bits));
    }
    return value;
}

// All threads of the block call it; the block is one-dimensional and a multiple of a warp.
__device__ __forceinline__ float block_sum(float value) {
    SHARED(warp_sums, float[32]);
    value = warp_sum(value);
    const unsigned warps = blockDim.x / kWarpSize;
    // A call before this one may still be read.
    __syncthreads();
    if (threadIdx.x % kWarpSize == 0) warp_sums[threadIdx.x / kWarpSize] = value;
    __syncthreads();
    float sum = 0.0f;
    for (unsigned warp = 0; warp < warps; ++warp) sum += warp_sums[warp];
    return sum;
}
