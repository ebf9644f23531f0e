// What changes from step to step, as it lies in device memory. Mirrors `src/step.rs`.
#pragma once

#include "platform.cuh"

constexpr unsigned kMaxKvGroups = 4;

struct StepHeader {
    uint32_t tokens;
    uint32_t rows;
    uint32_t sequences;
    uint32_t reserved;
};
static_assert(sizeof(StepHeader) == 16);

struct SequenceEntry {
    // Index of the sequence's first token in the step.
    uint32_t first_token;
    uint32_t token_count;
    // Tokens in the cache once the step has run.
    uint32_t context_len;
    uint32_t reserved;
    // For each KV group where the addresses of the sequence's blocks start in the block tables.
    uint32_t first_block[kMaxKvGroups];
};
static_assert(sizeof(SequenceEntry) == 32);

// Tokens of one KV block, and the bytes that one step of a block's address stands for.
constexpr unsigned kBlockTokens = 16;
constexpr unsigned kAddressUnit = 1024;
