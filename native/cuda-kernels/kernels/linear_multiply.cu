#include "linear/combine.cuh"
#include "linear/multiply.cuh"

using namespace linear;

// Output features, rows, warps over either, stages. `src/linear/multiply.rs` mirrors them.
using Shape16 = MultiplyShape<64, 16, 4, 1, 4>;
using Shape32 = MultiplyShape<64, 32, 4, 1, 4>;
using Shape64 = MultiplyShape<64, 64, 2, 2, 4>;
using Shape128 = MultiplyShape<128, 128, 2, 4, 3>;

// The last number is how many blocks a multiprocessor should have registers for; shared memory lets fewer run on some.
#define LINEAR_MULTIPLY(type, shape, blocks)                                                     \
    KERNEL(linear_multiply_##type##_##shape, LinearParams, Shape##shape::kThreads, blocks) {     \
        multiply<type, Shape##shape>(p);                                                         \
    }
#define LINEAR_MULTIPLY_OF(type) \
    LINEAR_MULTIPLY(type, 16, 4) \
    LINEAR_MULTIPLY(type, 32, 4) \
    LINEAR_MULTIPLY(type, 64, 3) \
    LINEAR_MULTIPLY(type, 128, 2)

LINEAR_MULTIPLY_OF(bf16)
LINEAR_MULTIPLY_OF(f16)

KERNEL(linear_combine, LinearParams, 256) { combine(p); }
