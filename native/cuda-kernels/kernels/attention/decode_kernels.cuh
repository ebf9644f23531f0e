// The decode kernel's instantiations; `src/attention/decode.rs` picks among them.
#pragma once

#include "decode.cuh"

#define ATTENTION_DECODE(name, type, width, heads, warps)                                         \
    KERNEL(attention_decode_##name##_w##width##_h##heads, AttentionParams, warps * 32) {          \
        attention_decode<type, width, heads, warps>(p);                                           \
    }

#define ATTENTION_DECODE_WIDTH(name, type, width, warps) \
    ATTENTION_DECODE(name, type, width, 1, warps)        \
    ATTENTION_DECODE(name, type, width, 4, warps)        \
    ATTENTION_DECODE(name, type, width, 8, warps)

// The widest has fewer warps where more would need more shared memory than all devices have.
#define ATTENTION_DECODE_OF(name, type, widest_warps) \
    ATTENTION_DECODE_WIDTH(name, type, 64, 4)         \
    ATTENTION_DECODE_WIDTH(name, type, 128, 4)        \
    ATTENTION_DECODE_WIDTH(name, type, 256, widest_warps)
