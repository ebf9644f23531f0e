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
        for (unsigned bin = threadIdx.x; bin < kBins; bin += blockDim.x) {
            counts[bin] = 0;
            low[bin] = 0;
            high[bin] = 0;
        }
    }

    __device__ __forceinline__ void add(unsigned bin, uint64_t weight) {
        const auto word = static_cast<uint32_t>(weight);
        atomicAdd(&counts[bin], 1u);
        const uint32_t seen = atomicAdd(&low[bin], word);
        const uint32_t carry = static_cast<uint32_t>(weight >> 32) + (seen + word < seen ? 1u : 0u);
        if (carry != 0) atomicAdd(&high[bin], carry);
    }

    // How many weights a bin has, or their sum.
    __device__ __forceinline__ uint64_t amount(unsigned bin, bool by_count) const {
        return by_count ? counts[bin] : uint64_t(high[bin]) << 32 | low[bin];
    }

    // Of the bins of this thread: `kBins / blockDim.x` of them, side by side, the first thread's the highest.
    __device__ __forceinline__ uint64_t own_amount(bool by_count) const {
        const unsigned bins = kBins / blockDim.x;
        uint64_t sum = 0;
        for (unsigned index = 0; index < bins; ++index) sum += amount(kBins - 1 - threadIdx.x * bins - index, by_count);
        return sum;
    }
};

// The sum over the block.
__device__ inline uint64_t block_total(uint64_t value) {
    SHARED(warp_totals, uint64_t[32]);
    value = warp_sum(value);
    if (threadIdx.x % kWarpSize == 0) warp_totals[threadIdx.x / kWarpSize] = value;
    __syncthreads();
    const unsigned lane = threadIdx.x % kWarpSize;
    const uint64_t total = warp_sum(lane < blockDim.x / kWarpSize ? warp_totals[lane] : 0);
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

// Reading from the highest bin down: the first in which the running total exceeds `target`, which is below the total of all.
// All threads of the block call it; their number divides that of the bins.
__device__ inline Bin find_bin(const Histogram& histogram, uint64_t target, bool by_count) {
    SHARED(warp_totals, uint64_t[32]);
    SHARED(found, Bin);
    const unsigned lane = threadIdx.x % kWarpSize;
    const uint64_t own = histogram.own_amount(by_count);
    const uint64_t within = warp_prefix(own);
    if (lane == kWarpSize - 1) warp_totals[threadIdx.x / kWarpSize] = within;
    __syncthreads();
    const uint64_t total = lane < blockDim.x / kWarpSize ? warp_totals[lane] : 0;
    uint64_t above = __shfl_sync(kAllLanes, warp_prefix(total) - total, threadIdx.x / kWarpSize) + within - own;
    if (above <= target && target < above + own) {
        unsigned bin = kBins - 1 - threadIdx.x * (kBins / blockDim.x);
        while (target >= above + histogram.amount(bin, by_count)) above += histogram.amount(bin--, by_count);
        found = Bin{bin, above, histogram.counts[bin]};
    }
    __syncthreads();
    return found;
}
