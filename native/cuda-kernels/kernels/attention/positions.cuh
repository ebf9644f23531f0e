// Which positions a token sees, and where they lie in the cache.
#pragma once

#include "params.cuh"

namespace attention {

// Positions from `first` up to, not including, `end`.
struct Visible {
    uint32_t first;
    uint32_t end;

    __device__ __forceinline__ bool contains(uint32_t position) const { return position >= first && position < end; }
};

__device__ __forceinline__ Visible visible_from(const AttentionParams& p, uint32_t position) {
    const uint32_t end = position + 1;
    return {end > p.window ? end - p.window : 0, end};
}

// Position of the first of a sequence's tokens in this step.
__device__ __forceinline__ uint32_t first_position(const SequenceEntry& sequence) {
    return sequence.context_len - sequence.token_count;
}

// A sequence's blocks, looked up once: copies are a barrier to the compiler, which would read the sequence again behind each.
struct BlockTable {
    const uint8_t* cache;
    const uint32_t* addresses;

    __device__ __forceinline__ BlockTable(const AttentionParams& p, const SequenceEntry& sequence)
        : cache(p.cache), addresses(p.block_tables + sequence.first_block[p.kv_group]) {}

    // Start of a block of the cache. Only blocks that hold a visible position may be looked up: tables end with the context,
    // and blocks behind a window may be others' by now.
    __device__ __forceinline__ const uint8_t* start(uint32_t block) const {
        return cache + uint64_t(addresses[block]) * kAddressUnit;
    }
};

// Bytes from the start of a layer's keys (or values) within a block to those of a KV head.
template <class T>
__device__ __forceinline__ uint32_t head_offset(const AttentionParams& p, uint32_t kv_head) {
    return kv_head * kBlockTokens * p.head_dim * uint32_t(sizeof(T));
}

// The sequence of one of the step's tokens that is the decode kernel's to do; null for one that is not.
__device__ __forceinline__ const SequenceEntry* decode_sequence(const AttentionParams& p, uint32_t token) {
    const SequenceEntry* sequence = p.sequences + p.token_sequences[token];
    return sequence->token_count < p.prefill_tokens ? sequence : nullptr;
}

}  // namespace attention
