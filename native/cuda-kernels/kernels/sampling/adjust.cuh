// Changes of single logits before the choice. They are made in place: a row has few of them, and is read many times.
#pragma once

#include "params.cuh"

// One row's adjustments; a row belongs to one block, all threads of which make each call.
struct Adjustments {
    float* logits;
    Adjustment* entries;
    uint32_t count;

    __device__ Adjustments(const SamplingParams& p, const SamplingRow& row, uint32_t index)
        : logits(p.logits + size_t(index) * p.stride),
          entries(p.adjustments + row.adjustment_start),
          count(row.adjustment_count) {}

    // Divides a logit above 0 and multiplies any other, then adds; rounded as on the CPU, without contraction.
    __device__ void apply() const {
        if (count == 0) return;
        for (uint32_t at = threadIdx.x; at < count; at += blockDim.x) {
            Adjustment& entry = entries[at];
            const float logit = logits[entry.token];
            const float scaled =
                logit > 0.0f ? __fdiv_rn(logit, entry.repetition) : __fmul_rn(logit, entry.repetition);
            entry.logit = logit;
            logits[entry.token] = __fadd_rn(scaled, entry.bias);
        }
        __syncthreads();
    }

    // Puts the model's logits back, which the host may ask for.
    __device__ void revert() const {
        if (count == 0) return;
        __syncthreads();
        for (uint32_t at = threadIdx.x; at < count; at += blockDim.x) logits[entries[at].token] = entries[at].logit;
    }
};
