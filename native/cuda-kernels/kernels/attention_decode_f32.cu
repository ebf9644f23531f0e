#include "attention/decode_kernels.cuh"

using namespace attention;

ATTENTION_DECODE_OF(f32, float, 2)
