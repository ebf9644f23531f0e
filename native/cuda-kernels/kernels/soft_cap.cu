// `x = cap * tanh(x / cap)` of f32, in place; one block a row and a stretch of its elements.
#include "common/platform.cuh"

namespace {

struct SoftCapParams {
    float* x;
    const uint32_t* rows;
    uint32_t features;
    uint32_t stride;
    float cap;
    uint32_t reserved;
};
static_assert(sizeof(SoftCapParams) == 32);

}  // namespace

KERNEL(soft_cap_f32, SoftCapParams, 256) {
    if (blockIdx.x >= *p.rows) return;
    float* row = p.x + size_t(blockIdx.x) * p.stride;
    for (unsigned at = blockIdx.y * blockDim.x + threadIdx.x; at < p.features; at += gridDim.y * blockDim.x) {
        row[at] = p.cap * tanhf(row[at] / p.cap);
    }
}
