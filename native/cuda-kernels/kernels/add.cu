// `x += delta`, both f32; one block a row.
#include "common/rows.cuh"

namespace {

struct AddParams {
    float* x;
    const float* delta;
    const uint32_t* rows;
    uint32_t features;
    uint32_t x_stride;
    uint32_t delta_stride;
    uint32_t reserved;
};
static_assert(sizeof(AddParams) == 40);

}  // namespace

KERNEL(add_f32, AddParams, 1024) {
    if (blockIdx.x >= *p.rows) return;
    const size_t row = blockIdx.x;
    add_row(p.x + row * p.x_stride, p.delta + row * p.delta_stride, p.features);
}
