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
    // Where the row's logits are copied to, in rows; kNone where they are not wanted.
    uint32_t logits_row;
    uint32_t reserved;
};
static_assert(sizeof(SamplingRow) == 48);

struct SamplingParams {
    const float* logits;
    const SamplingRow* rows;
    const uint32_t* masks;
    SampledToken* sampled;
    float* logits_output;
    const uint32_t* row_count;
    uint32_t vocab_size;
    // Of both the logits and their copy.
    uint32_t stride;
};
static_assert(sizeof(SamplingParams) == 56);
