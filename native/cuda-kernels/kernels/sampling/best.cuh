// The most probable token that a row may take.
#pragma once

#include "weights.cuh"

struct Best {
    float logit;
    uint32_t token;
};

// Where logits are equal, the lower id counts as the more probable.
__device__ __forceinline__ Best better(const Best& a, const Best& b) {
    const bool is_first = a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
    return is_first ? a : b;
}

__device__ __forceinline__ Best warp_best(Best best) {
    for (unsigned bits = kWarpSize / 2; bits > 0; bits /= 2) {
        const Best other{__shfl_xor_sync(kAllLanes, best.logit, bits), __shfl_xor_sync(kAllLanes, best.token, bits)};
        best = better(best, other);
    }
    return best;
}

// For all threads of the block; the token is kNone where the mask allows none.
__device__ inline Best most_probable(const MaskedLogits& logits) {
    SHARED(warps, Best[32]);
    const Best none{__uint_as_float(0xFF800000u), kNone};
    Best best = none;
    for (uint32_t at = threadIdx.x * 4; at < logits.vocab_size; at += blockDim.x * 4) {
        const unsigned allowed = logits.allowed(at);
        if (allowed == 0) continue;
        const Pack<float, 4> clean = logits.clean(at);
        for (unsigned index = 0; index < 4; ++index) {
            if ((allowed >> index & 1) != 0) best = better(best, Best{clean.at[index], at + index});
        }
    }
    best = warp_best(best);
    if (threadIdx.x % kWarpSize == 0) warps[threadIdx.x / kWarpSize] = best;
    __syncthreads();
    const unsigned lane = threadIdx.x % kWarpSize;
    return warp_best(lane < blockDim.x / kWarpSize ? warps[lane] : none);
}
