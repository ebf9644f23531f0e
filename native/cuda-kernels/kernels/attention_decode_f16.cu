#include "attention/decode_kernels.cuh"

using namespace attention;

ATTENTION_DECODE_OF(f16, f16, 4)
