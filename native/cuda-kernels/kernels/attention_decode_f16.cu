#include "attention/decode_kernels.cuh"

ATTENTION_DECODE_OF(f16, f16, 4)
