// The most probable tokens up to a number (top_k) or up to a sum of weights (top_p).
#pragma once

#include "histogram.cuh"

// Keeps weights above that of `bits`, and those equal to it up to the token `last`.
struct Cut {
    uint32_t bits = 0;
    uint32_t last = kNone;

    __device__ __forceinline__ bool keeps(uint32_t weight_bits, uint32_t token) const {
        return weight_bits > bits || (weight_bits == bits && token <= last);
    }
};

// The smallest set of the most probable tokens, within what `outer` keeps, whose count or sum exceeds `target_of(all)`; `outer`
// itself where all of it together does not. All threads of the block call it.
template <class TargetOf>
__device__ Cut cut_at(const Weights& weights, const Cut& outer, bool by_count, const TargetOf& target_of) {
    SHARED(histogram, Histogram);
    uint64_t target = 0;
    const uint32_t vocab_size = weights.logits.vocab_size;
    uint32_t bits = 0;
    // Sum or count of the weights above the bin, and count of those within it.
    uint64_t above = 0;
    uint64_t within = 0;
    for (unsigned digit = 0; digit < kDigits; ++digit) {
        const unsigned shift = (kDigits - 1 - digit) * kDigitBits;
        histogram.clear();
        __syncthreads();
        for (uint32_t at = threadIdx.x * 4; at < vocab_size; at += blockDim.x * 4) {
            const Pack<float, 4> quad = weights.quad(at);
            for (unsigned index = 0; index < 4; ++index) {
                const uint32_t found = __float_as_uint(quad.at[index]);
                const bool is_here = digit == 0 || found >> (shift + kDigitBits) == bits >> (shift + kDigitBits);
                if (found != 0 && is_here && outer.keeps(found, at + index)) {
                    histogram.add(found >> shift & (kBins - 1), fixed_point(quad.at[index]));
                }
            }
        }
        __syncthreads();
        if (digit == 0) {
            const uint64_t total = block_total(histogram.own_amount(by_count));
            target = target_of(total);
            if (total <= target) return outer;
        }
        const Bin bin = find_bin(histogram, target - above, by_count);
        bits |= bin.digit << shift;
        above += bin.above;
        within = bin.count;
        // The next digit clears what is read here.
        __syncthreads();
    }
    // All weights of the bin are equal by now; one that sums reach is not 0.
    const uint64_t each = by_count ? 1 : fixed_point(__uint_as_float(bits));
    const uint64_t kept = (target - above) / each + 1;
    Cut cut{bits, kNone};
    if (kept < within) {
        const auto equal = [&](uint32_t at) {
            const Pack<float, 4> quad = weights.quad(at);
            Sums sums{};
            for (unsigned index = 0; index < 4; ++index) {
                const uint32_t found = __float_as_uint(quad.at[index]);
                sums.at[index] = found == bits && outer.keeps(found, at + index) ? 1 : 0;
            }
            return sums;
        };
        cut.last = locate(vocab_size, equal, [&](uint64_t) { return kept - 1; });
    } else if (bits == outer.bits) {
        cut.last = outer.last;
    }
    return cut;
}
