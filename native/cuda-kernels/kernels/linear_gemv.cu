#include "linear/gemv.cuh"

// 128 registers at the most: two blocks, 16 warps, on a multiprocessor.
#define LINEAR_GEMV(name, type, rows, unroll)                                                               \
    extern "C" __global__ void __launch_bounds__(kGemvWarps * 32, 2)                                        \
        linear_gemv_##name##_##rows(const __grid_constant__ LinearParameters p) {                           \
        gemv<type, rows, unroll>(p);                                                                        \
    }

#define LINEAR_GEMV_OF(name, type)   \
    LINEAR_GEMV(name, type, 1, 2)    \
    LINEAR_GEMV(name, type, 2, 2)    \
    LINEAR_GEMV(name, type, 4, 1)    \
    LINEAR_GEMV(name, type, 8, 1)

LINEAR_GEMV_OF(bf16, __nv_bfloat16)
LINEAR_GEMV_OF(f16, __half)
LINEAR_GEMV_OF(f32, float)
