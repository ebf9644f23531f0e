// The token at which the running sum of a measure over the vocabulary, in the order of ids, first exceeds a target.
//
// Each warp sums a stretch of its own; the stretch that holds the target is then dealt to all warps again, until it is short enough
// for one look. Sums are whole numbers, so that the stretches do not matter.
#pragma once

#include "../common/platform.cuh"

// Tokens that a warp takes in at one look.
constexpr uint32_t kLook = kWarpSize * 4;

struct Sums {
    uint64_t at[4];
};

__device__ __forceinline__ uint64_t warp_sum(uint64_t value) {
    for (unsigned bits = kWarpSize / 2; bits > 0; bits /= 2) value += __shfl_xor_sync(kAllLanes, value, bits);
    return value;
}

// The sum over the lanes up to this one.
__device__ __forceinline__ uint64_t warp_prefix(uint64_t value) {
    const unsigned lane = threadIdx.x % kWarpSize;
    for (unsigned by = 1; by < kWarpSize; by *= 2) {
        const uint64_t below = __shfl_up_sync(kAllLanes, value, by);
        if (lane >= by) value += below;
    }
    return value;
}

// Which lane's share holds the target, and the sum of the lanes before it. The target is below the sum of all.
struct Holder {
    unsigned lane;
    uint64_t before;
};

__device__ __forceinline__ Holder holder_of(uint64_t value, uint64_t target) {
    const uint64_t prefix = warp_prefix(value);
    const unsigned lane = __ffs(__ballot_sync(kAllLanes, prefix > target)) - 1;
    return {lane, __shfl_sync(kAllLanes, prefix - value, lane)};
}

// `measure(at)` gives the four whole numbers from `at` on, 0 beyond the vocabulary; `target_of(total)` is below `total`. kNone
// where the total is 0. All threads of the block call it and get the token.
template <class Measure, class TargetOf>
__device__ uint32_t locate(uint32_t vocab_size, const Measure& measure, const TargetOf& target_of) {
    SHARED(warp_sums, uint64_t[32]);
    const unsigned warp = threadIdx.x / kWarpSize;
    const unsigned lane = threadIdx.x % kWarpSize;
    const unsigned warps = blockDim.x / kWarpSize;
    uint32_t begin = 0;
    uint32_t length = vocab_size;
    uint64_t target = 0;
    bool is_first = true;
    while (is_first || length > kLook) {
        const uint32_t share = (length + warps * kLook - 1) / (warps * kLook) * kLook;
        const uint32_t start = begin + warp * share;
        const uint32_t end = min(start + share, begin + length);
        uint64_t sum = 0;
        for (uint32_t at = start + lane * 4; at < end; at += kLook) {
            const Sums sums = measure(at);
            sum += sums.at[0] + sums.at[1] + sums.at[2] + sums.at[3];
        }
        sum = warp_sum(sum);
        if (lane == 0) warp_sums[warp] = sum;
        __syncthreads();
        const uint64_t share_sum = lane < warps ? warp_sums[lane] : 0;
        __syncthreads();
        if (is_first) {
            const uint64_t total = warp_sum(share_sum);
            if (total == 0) return kNone;
            target = target_of(total);
        }
        const Holder holder = holder_of(share_sum, target);
        target -= holder.before;
        begin += holder.lane * share;
        length = share;
        is_first = false;
    }
    const uint32_t at = begin + lane * 4;
    const Sums sums = at < begin + length ? measure(at) : Sums{};
    const Holder holder = holder_of(sums.at[0] + sums.at[1] + sums.at[2] + sums.at[3], target);
    uint64_t left = target - holder.before;
    uint32_t token = at;
    for (unsigned index = 0; index < 3 && left >= sums.at[index]; ++index) {
        left -= sums.at[index];
        ++token;
    }
    return __shfl_sync(kAllLanes, token, holder.lane);
}
