#include "attention/prefill.cuh"

using namespace attention;

#define ATTENTION_PREFILL(name, type, width, positions)                                     \
    KERNEL(attention_prefill_##name##_w##width, AttentionParams, kPrefillThreads, 2) {      \
        attention_prefill<type, width, positions>(p);                                       \
    }

// With sums and queries of the widest heads in registers, fewer scores fit beside them.
#define ATTENTION_PREFILL_OF(name, type)    \
    ATTENTION_PREFILL(name, type, 64, 64)   \
    ATTENTION_PREFILL(name, type, 128, 64)  \
    ATTENTION_PREFILL(name, type, 256, 32)

ATTENTION_PREFILL_OF(bf16, bf16)
ATTENTION_PREFILL_OF(f16, f16)
