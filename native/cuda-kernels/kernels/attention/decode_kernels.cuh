// The decode kernel's instantiations; `src/attention/decode.rs` picks among them.
#pragma once

#include "decode.cuh"

#define ATTENTION_DECODE(name, type, width, heads, warps, blocks)                                    \
    KERNEL(attention_decode_##name##_w##width##_h##heads, AttentionParams, warps * 32, blocks) {     \
        attention_decode<type, width, heads, warps>(p);                                              \
    }

// The least number of blocks on a multiprocessor is about what shared memory allows. Without one ptxas aims at more, and
// spills registers for it.
#define ATTENTION_DECODE_WIDTH(name, type, width, warps, h1_blocks, h4_blocks, h8_blocks) \
    ATTENTION_DECODE(name, type, width, 1, warps, h1_blocks)                              \
    ATTENTION_DECODE(name, type, width, 4, warps, h4_blocks)                              \
    ATTENTION_DECODE(name, type, width, 8, warps, h8_blocks)

// The widest has fewer warps where more would need more shared memory than all devices have.
#define ATTENTION_DECODE_OF(name, type, widest_warps)        \
    ATTENTION_DECODE_WIDTH(name, type, 64, 4, 4, 3, 2)       \
    ATTENTION_DECODE_WIDTH(name, type, 128, 4, 4, 3, 2)      \
    ATTENTION_DECODE_WIDTH(name, type, 256, widest_warps, 2, 2, 2)
