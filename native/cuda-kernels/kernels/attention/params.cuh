// What every kernel of attention takes; `src/attention/params.rs` mirrors it.
#pragma once

#include "../common/step.cuh"

namespace attention {

// Highest score of some positions, in units of log2, and the sum of `2^(score - maximum)` over them; -inf and 0 for none.
struct alignas(8) Softmax {
    float maximum;
    float sum;
};

// Types of the output.
constexpr uint32_t kOutputF32 = 0;
constexpr uint32_t kOutputF16 = 1;
constexpr uint32_t kOutputBf16 = 2;

// Causal attention of the queries of one step over what its sequences have in the cache.
struct AttentionParams {
    const StepHeader* header;
    // Index of each token's sequence.
    const uint32_t* token_sequences;
    const SequenceEntry* sequences;
    const uint32_t* block_tables;
    // `[tokens, query_stride]`, of which `heads * head_dim` are used.
    const float* queries;
    // `[tokens, output_stride]` of `output_type`; columns from `heads * head_dim` on get 0.
    void* output;
    // Start of the KV range.
    const uint8_t* cache;
    // Where shares are summed by blocks of their own: `[tokens, heads, shares, head_dim]` sums over values.
    float* share_sums;
    // And what their weights are relative to, `[tokens, heads, shares]`.
    Softmax* share_softmax;
    // Bytes from the start of a block to this layer's keys and values, `[kv_head][kBlockTokens][head_dim]` each.
    uint64_t key_offset;
    uint64_t value_offset;
    uint32_t query_stride;
    uint32_t output_stride;
    uint32_t kv_heads;
    // Query heads for each KV head.
    uint32_t group;
    // A multiple of 8.
    uint32_t head_dim;
    // Which of a sequence's block tables.
    uint32_t kv_group;
    // Positions that a token sees, itself included.
    uint32_t window;
    uint32_t output_type;
    // Factor on the products of queries and keys.
    float scale;
    // `soft_cap * tanh(score / soft_cap)`; 0 for none.
    float soft_cap;
    // Parts that a sequence's blocks are dealt to.
    uint32_t shares;
    // Sequences with fewer tokens in this step are the decode kernel's, the others the prefill kernel's.
    uint32_t prefill_tokens;
};
static_assert(sizeof(AttentionParams) == 136);

}  // namespace attention
