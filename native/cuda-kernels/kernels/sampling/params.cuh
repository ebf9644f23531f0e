// What sampling takes; `src/sampling/` mirrors it.
#pragma once

#include "../common/sampled.cuh"

constexpr uint32_t kNone = ~0u;

// How the next token of one row is chosen.
struct SamplingRow {
    uint64_t seed;
    uint64_t position;
    float temperature;
    uint32_t top_k;
    float top_p;
    float min_p;
    // The row's mask: its first word, and how many there are; kNone words for no mask. What lies beyond is forbidden.
    uint32_t mask_start;
    uint32_t mask_words;
    // The row's adjustments: the first, and how many there are.
    uint32_t adjustment_start;
    uint32_t adjustment_count;
};
static_assert(sizeof(SamplingRow) == 48);

// By how much the logit of one token changes before the choice.
struct Adjustment {
    uint32_t token;
    float repetition;
    float bias;
    // The model's logit while the changed one is in its place.
    float logit;
};
static_assert(sizeof(Adjustment) == 16);

struct SamplingParams {
    // As the model gave them before and after the launch.
    float* logits;
    const SamplingRow* rows;
    const uint32_t* masks;
    // Of all rows; no token twice within a row.
    Adjustment* adjustments;
    SampledToken* sampled;
    const uint32_t* row_count;
    uint32_t vocab_size;
    uint32_t stride;
};
static_assert(sizeof(SamplingParams) == 56);
