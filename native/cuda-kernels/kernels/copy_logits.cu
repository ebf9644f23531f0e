// The logits of the rows that want them, one after the other, so that one copy takes them to the host.
#include "common/rows.cuh"
#include "sampling/params.cuh"

KERNEL(copy_logits, SamplingParams, 256) {
    if (blockIdx.x >= *p.row_count) return;
    const uint32_t target = p.rows[blockIdx.x].logits_row;
    if (target == kNone) return;
    const float* logits = p.logits + size_t(blockIdx.x) * p.stride;
    float* output = p.logits_output + size_t(target) * p.stride;
    for (uint32_t at = (blockIdx.y * blockDim.x + threadIdx.x) * 4; at < p.stride; at += gridDim.y * blockDim.x * 4) {
        store(output + at, load_within(logits, at, p.vocab_size));
    }
}
