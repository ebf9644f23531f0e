// The rows whose logits are wanted, one after the other, zero from `features` to their stride; one block a row.
#include "common/rows.cuh"

namespace {

struct GatherParams {
    const float* x;
    const uint32_t* logit_tokens;
    float* output;
    const uint32_t* rows;
    uint32_t features;
    uint32_t x_stride;
    uint32_t output_stride;
    uint32_t reserved;
};
static_assert(sizeof(GatherParams) == 48);

}  // namespace

KERNEL(gather_rows_f32, GatherParams, 1024) {
    if (blockIdx.x >= *p.rows) return;
    const float* row = p.x + size_t(p.logit_tokens[blockIdx.x]) * p.x_stride;
    float* output = p.output + size_t(blockIdx.x) * p.output_stride;
    for (unsigned at = threadIdx.x * 4; at < p.output_stride; at += blockDim.x * 4) {
        store(output + at, load_within(row, at, p.features));
    }
}
