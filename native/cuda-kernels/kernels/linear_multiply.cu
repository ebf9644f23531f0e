#include "linear/combine.cuh"
#include "linear/multiply.cuh"

// Output features, rows, warps over either, stages. `src/linear/shape.rs` mirrors them.
using Shape16 = MultiplyShape<64, 16, 4, 1, 4>;
using Shape32 = MultiplyShape<64, 32, 4, 1, 4>;
using Shape64 = MultiplyShape<64, 64, 2, 2, 4>;
using Shape128 = MultiplyShape<128, 128, 2, 4, 3>;

#define LINEAR_MULTIPLY(name, type, shape, blocks)                                                          \
    extern "C" __global__ void __launch_bounds__(Shape##shape::kThreads, blocks)                            \
        linear_multiply_##name##_##shape(const __grid_constant__ LinearParameters p) {                      \
        multiply<type, Shape##shape>(p);                                                                    \
    }

#define LINEAR_MULTIPLY_OF(name, type)    \
    LINEAR_MULTIPLY(name, type, 16, 4)    \
    LINEAR_MULTIPLY(name, type, 32, 4)    \
    LINEAR_MULTIPLY(name, type, 64, 3)    \
    LINEAR_MULTIPLY(name, type, 128, 2)

LINEAR_MULTIPLY_OF(bf16, __nv_bfloat16)
LINEAR_MULTIPLY_OF(f16, __half)

extern "C" __global__ void __launch_bounds__(256) linear_combine(const __grid_constant__ LinearParameters p) {
    combine(p);
}
