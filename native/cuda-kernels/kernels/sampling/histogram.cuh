// Counts and sums of weights by ten of their bits, in shared memory, and the bin in which a running total from the largest weight
// down reaches a target.
#pragma once

#include "locate.cuh"
#include "weights.cuh"

// Weights are at most 1, whose bits are 0x3F800000: three digits of ten bits.
constexpr unsigned kDigitBits = 10;
constexpr unsigned kBins = 1 << kDigitBits;
constexpr unsigned kDigits = 3;

// Sums in two words with a carry between them, as atomics of 64 bits in shared memory are loops.
struct Histogram {
    uint32_t counts[kBins];
    uint32_t low[kBins];
    uint32_t high[kBins];

    __device__ __forceinline__ void clear() {
        counts[threadIdx.x] = 0;
        low[threadIdx.x] = 0;
        high[threadIdx.x] = 0;
    }

    __device__ __forceinline__ void add(unsigned bin, uint64_t weight) {
        const auto word = static_cast<uint32_t>(weight);
        atomicAdd(&counts[bin], 1u);
        const uint32_t seen = atomicAdd(&low[bin], word);
        const uint32_t carry = static_cast<uint32_t>(weight >> 32) + (seen + word < seen ? 1u : 0u);
        if (carry != 0) atomicAdd(&high[bin], carry);
    }

    __device__ __forceinline__ uint64_t sum(unsigned bin) const { return uint64_t(high[bin]) << 32 | low[bin]; }
};

// How many tokens, and what sum of weights.
struct Amount {
    uint64_t count;
    uint64_t sum;
};

// The sum over a block of 32 warps.
__device__ inline uint64_t block_total(uint64_t value) {
    SHARED(warp_totals, uint64_t[32]);
    value = warp_sum(value);
    if (threadIdx.x % kWarpSize == 0) warp_totals[threadIdx.x / kWarpSize] = value;
    __syncthreads();
    const uint64_t total = warp_sum(warp_totals[threadIdx.x % kWarpSize]);
    // The next call may write at once.
    __syncthreads();
    return total;
}

struct Bin {
    unsigned digit;
    // Count or sum of the bins above it.
    uint64_t above;
    // Count of its own.
    uint64_t count;
};

__device__ __forceinline__ uint64_t measured(const Amount& amount, bool by_count) {
    return by_count ? amount.count : amount.sum;
}

// Reading from the highest bin down: the first in which the running total exceeds `target`, which is below the total of all.
// For all threads of a block of as many threads as bins.
__device__ inline Bin find_bin(const Histogram& histogram, uint64_t target, bool by_count) {
    SHARED(warp_totals, uint64_t[32]);
    SHARED(found, Bin);
    const unsigned bin = kBins - 1 - threadIdx.x;
    const Amount amount{histogram.counts[bin], histogram.sum(bin)};
    const uint64_t own = measured(amount, by_count);
    const uint64_t within = warp_prefix(own);
    if (threadIdx.x % kWarpSize == kWarpSize - 1) warp_totals[threadIdx.x / kWarpSize] = within;
    __syncthreads();
    const uint64_t total = warp_totals[threadIdx.x % kWarpSize];
    const uint64_t before = __shfl_sync(kAllLanes, warp_prefix(total) - total, threadIdx.x / kWarpSize);
    const uint64_t above = before + within - own;
    if (above <= target && target < above + own) found = Bin{bin, above, amount.count};
    __syncthreads();
    return found;
}
