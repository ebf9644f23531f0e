// Cosines and sines of every token's position, `[tokens, cosines | sines]`, both times a factor; made once for all layers.
//
// The angle is rounded to f32 before its cosine is taken, as the reference implementation does. Angles reach millions of radians,
// so the functions are those that reduce them exactly, never the fast ones.
#include "common/platform.cuh"

namespace {

struct RotaryTableParams {
    const float* inverse_frequencies;
    const uint32_t* positions;
    float* output;
    const uint32_t* token_count;
    uint32_t frequencies;
    uint32_t output_stride;
    float factor;
    uint32_t reserved;
};
static_assert(sizeof(RotaryTableParams) == 48);

}  // namespace

KERNEL(rotary_table_f32, RotaryTableParams, 256) {
    if (blockIdx.x >= *p.token_count) return;
    const auto position = static_cast<float>(p.positions[blockIdx.x]);
    float* row = p.output + size_t(blockIdx.x) * p.output_stride;
    for (unsigned index = threadIdx.x; index < p.frequencies; index += blockDim.x) {
        const float angle = position * p.inverse_frequencies[index];
        row[index] = cosf(angle) * p.factor;
        row[p.frequencies + index] = sinf(angle) * p.factor;
    }
}
