// RMS norm of rows, with or without an addition to the residual stream before it.
//
// One block a row, and a row's sum is added in an order that its number of features alone decides: a row gives the same bits
// whatever shares its step. Both passes of a thread touch the same elements, so that the second finds what the first wrote and
// needs no barrier for it; it reads from the cache, not from memory. Outputs are zero from `features` to their stride, as the
// linears that read them have no tail.
#include "common/memory.cuh"
#include "common/reduce.cuh"
#include "common/rows.cuh"

namespace {

struct NormParams {
    const float* x;
    // Null where nothing is added.
    const float* delta;
    const float* weight;
    void* output;
    // How many rows the step has.
    const uint32_t* rows;
    uint32_t features;
    uint32_t x_stride;
    uint32_t delta_stride;
    uint32_t output_stride;
    float epsilon;
    uint32_t reserved;
};
static_assert(sizeof(NormParams) == 64);

using Quad = Pack<float, 4>;

__device__ __forceinline__ float square_sum(const Quad& quad) {
    float sum = 0.0f;
    for (unsigned index = 0; index < 4; ++index) sum = __fmaf_rn(quad.at[index], quad.at[index], sum);
    return sum;
}

template <class T>
__device__ void normalise(const NormParams& p, const float* x) {
    const unsigned row = blockIdx.x;
    float sum = 0.0f;
    for (unsigned at = threadIdx.x * 4; at < p.features; at += blockDim.x * 4) {
        sum += square_sum(load_within(x, at, p.features));
    }
    const float mean = block_sum(sum) / static_cast<float>(p.features);
    const float inverse = 1.0f / sqrtf(mean + p.epsilon);
    T* output = static_cast<T*>(p.output) + size_t(row) * p.output_stride;
    for (unsigned at = threadIdx.x * 4; at < p.output_stride; at += blockDim.x * 4) {
        const Quad value = load_within(x, at, p.features);
        const Quad weight = load_within(p.weight, at, p.features);
        Pack<T, 4> result;
        for (unsigned index = 0; index < 4; ++index) {
            result.at[index] = from_float<T>(value.at[index] * inverse * weight.at[index]);
        }
        store(output + at, result);
    }
}

template <class T>
__device__ void norm(const NormParams& p) {
    if (blockIdx.x >= *p.rows) return;
    normalise<T>(p, p.x + size_t(blockIdx.x) * p.x_stride);
}

template <class T>
__device__ void add_norm(const NormParams& p) {
    if (blockIdx.x >= *p.rows) return;
    float* x = const_cast<float*>(p.x) + size_t(blockIdx.x) * p.x_stride;
    add_row(x, p.delta + size_t(blockIdx.x) * p.delta_stride, p.features);
    normalise<T>(p, x);
}

}  // namespace

KERNEL(norm_f32, NormParams, 1024) { norm<float>(p); }
KERNEL(norm_f16, NormParams, 1024) { norm<f16>(p); }
KERNEL(norm_bf16, NormParams, 1024) { norm<bf16>(p); }
KERNEL(add_norm_f32, NormParams, 1024) { add_norm<float>(p); }
KERNEL(add_norm_f16, NormParams, 1024) { add_norm<f16>(p); }
KERNEL(add_norm_bf16, NormParams, 1024) { add_norm<bf16>(p); }
