#include "attention/decode_kernels.cuh"

using namespace attention;

ATTENTION_DECODE_OF(bf16, bf16, 4)
