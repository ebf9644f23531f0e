#include "attention/decode_kernels.cuh"

ATTENTION_DECODE_OF(f32, float, 2)
