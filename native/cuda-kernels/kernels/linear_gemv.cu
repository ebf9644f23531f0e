#include "linear/gemv.cuh"

using namespace linear;

// 128 registers at the most: two blocks, 16 warps, on a multiprocessor.
#define LINEAR_GEMV(type, rows, unroll) \
    KERNEL(linear_gemv_##type##_##rows, LinearParams, kGemvWarps * 32, 2) { gemv<type, rows, unroll>(p); }
#define LINEAR_GEMV_OF(type) \
    LINEAR_GEMV(type, 1, 2)  \
    LINEAR_GEMV(type, 2, 2)  \
    LINEAR_GEMV(type, 4, 1)  \
    LINEAR_GEMV(type, 8, 1)

using f32 = float;
LINEAR_GEMV_OF(bf16)
LINEAR_GEMV_OF(f16)
LINEAR_GEMV_OF(f32)
