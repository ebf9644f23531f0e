// Softmax in pieces: scores are weighed against the highest so far, and sums of pieces are brought to a common highest.
#pragma once

#include "params.cuh"

namespace attention {

constexpr float kLog2E = 1.4426950408889634f;

__device__ __forceinline__ Softmax empty_softmax() { return {-INFINITY, 0.0f}; }

// `2^(score - maximum)`; 0 where nothing has been seen yet and both are -inf, whose difference is not a number.
__device__ __forceinline__ float weight_of(float score, float maximum) {
    return maximum == -INFINITY ? 0.0f : exp2f(score - maximum);
}

// The score of a product of query and key, in units of log2, where scores are capped. `tanh(x) = 1 - 2 / (1 + e^2x)` has no
// branch, which many scores side by side could not bear, and an error of 1e-7 of the cap, where `e^2x` is 0 or inf too.
__device__ __forceinline__ float capped_score_of(const AttentionParams& p, float product) {
    const float power = exp2f(product * (2.0f * kLog2E * p.scale / p.soft_cap));
    return p.soft_cap * kLog2E * (1.0f - __fdividef(2.0f, 1.0f + power));
}

// The same whether they are or not.
__device__ __forceinline__ float score_of(const AttentionParams& p, float product) {
    return p.soft_cap == 0.0f ? product * (p.scale * kLog2E) : capped_score_of(p, product);
}

// Adds a piece to what was summed before, for one feature of the values.
//
// Invariant: the same pieces in the same order give the same bits in whichever kernel they are added, so the operations
// leave the compiler nothing to contract; the empty piece changes nothing.
__device__ __forceinline__ void merge(Softmax& total, float& value, Softmax piece, float piece_value) {
    const float maximum = fmaxf(total.maximum, piece.maximum);
    const float before = weight_of(total.maximum, maximum);
    const float added = weight_of(piece.maximum, maximum);
    total.sum = __fmaf_rn(before, total.sum, __fmul_rn(added, piece.sum));
    value = __fmaf_rn(before, value, __fmul_rn(added, piece_value));
    total.maximum = maximum;
}

// What attention gives for a feature; 0 where no position was seen.
__device__ __forceinline__ float normalised(Softmax softmax, float value) {
    return softmax.sum == 0.0f ? 0.0f : __fdiv_rn(value, softmax.sum);
}

}  // namespace attention
