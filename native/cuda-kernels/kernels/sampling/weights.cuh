// A token's weight: its probability over that of the most probable one, bit for bit as the CPU backend has it.
//
// Weights are summed as whole numbers of 2^-42, in which any order gives the same sum: neither the order of warps nor atomics
// change a choice. Weights from 2^-19 on are exact in it; a vocabulary of 2^21 tokens cannot overflow it.
#pragma once

#include "../common/memory.cuh"
#include "params.cuh"

constexpr float kFixedOne = 4398046511104.0f;

__device__ __forceinline__ uint64_t fixed_point(float weight) { return static_cast<uint64_t>(weight * kFixedOne); }

// Cephes: e^x = 2^n * e^r with n = round(x / ln 2) and a polynomial on |r| <= ln(2) / 2, for x up to 0.
__device__ inline float exponential(float x) {
    // Adding and subtracting it rounds to a whole number: above it, f32 has no fractions left.
    constexpr float kRound = 12582912.0f;
    // Below it results would be subnormal; they are 0 instead.
    constexpr float kLowest = -87.0f;
    const float bounded = fmaxf(kLowest, x);
    const float whole = __fmaf_rn(bounded, 1.44269504f, kRound) - kRound;
    float rest = __fmaf_rn(whole, -0.6933594f, bounded);
    rest = __fmaf_rn(whole, 2.1219444e-4f, rest);
    float sum = 1.9875691e-4f;
    sum = __fmaf_rn(sum, rest, 1.3981999e-3f);
    sum = __fmaf_rn(sum, rest, 8.333452e-3f);
    sum = __fmaf_rn(sum, rest, 4.1665796e-2f);
    sum = __fmaf_rn(sum, rest, 1.6666665e-1f);
    sum = __fmaf_rn(sum, rest, 0.5f);
    sum = __fmaf_rn(sum, __fmul_rn(rest, rest), __fadd_rn(rest, 1.0f));
    const float power = __int_as_float((static_cast<int>(whole) + 127) << 23);
    return x < kLowest ? 0.0f : __fmul_rn(sum, power);
}

// One row's logits under its mask.
struct MaskedLogits {
    const float* logits;
    const uint32_t* mask;
    uint32_t mask_words;
    uint32_t vocab_size;

    __device__ MaskedLogits(const SamplingParams& p, const SamplingRow& row, uint32_t index)
        : logits(p.logits + size_t(index) * p.stride),
          mask(p.masks + row.mask_start),
          mask_words(row.mask_words),
          vocab_size(p.vocab_size) {}

    // The logits of `at` to `at + 3`, with NaN as minus infinity.
    __device__ __forceinline__ Pack<float, 4> clean(uint32_t at) const {
        Pack<float, 4> quad = load<Pack<float, 4>>(logits + at);
        for (unsigned index = 0; index < 4; ++index) {
            if (quad.at[index] != quad.at[index]) quad.at[index] = __uint_as_float(0xFF800000u);
        }
        return quad;
    }

    // Bit `i` says whether `at + i` may be taken; `at` is a multiple of four.
    __device__ __forceinline__ unsigned allowed(uint32_t at) const {
        const unsigned inside = at + 4 <= vocab_size ? 0xFu : at < vocab_size ? (1u << (vocab_size - at)) - 1 : 0u;
        if (mask_words == kNone) return inside;
        return at / 32 < mask_words ? inside & (mask[at / 32] >> at % 32) : 0u;
    }
};

// One row's weights; 0 for tokens that may not be taken.
struct Weights {
    MaskedLogits logits;
    float highest;
    float temperature;

    __device__ __forceinline__ Pack<float, 4> quad(uint32_t at) const {
        Pack<float, 4> weights{};
        const unsigned allowed = logits.allowed(at);
        if (allowed == 0) return weights;
        const Pack<float, 4> clean = logits.clean(at);
        for (unsigned index = 0; index < 4; ++index) {
            if ((allowed >> index & 1) != 0) {
                weights.at[index] = exponential((clean.at[index] - highest) / temperature);
            }
        }
        return weights;
    }
};
