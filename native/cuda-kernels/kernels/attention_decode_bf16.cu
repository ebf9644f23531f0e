#include "attention/decode_kernels.cuh"

ATTENTION_DECODE_OF(bf16, bf16, 4)
