// Rows of the embedding table, times a factor, as the residual stream, in f32.
//
// One block a token. The table's rows are zero from `features` to their stride, and so the output's are.
#include "common/memory.cuh"

namespace {

struct EmbedParams {
    const void* table;
    const uint32_t* tokens;
    float* output;
    const uint32_t* token_count;
    uint32_t table_stride;
    uint32_t output_stride;
    float scale;
    uint32_t reserved;
};
static_assert(sizeof(EmbedParams) == 48);

template <class T>
__device__ void embed(const EmbedParams& p) {
    if (blockIdx.x >= *p.token_count) return;
    const T* row = static_cast<const T*>(p.table) + size_t(p.tokens[blockIdx.x]) * p.table_stride;
    float* output = p.output + size_t(blockIdx.x) * p.output_stride;
    constexpr unsigned kElements = Pack16<T>::kCount;
    for (unsigned at = threadIdx.x * kElements; at < p.output_stride; at += blockDim.x * kElements) {
        const auto elements = load<Pack16<T>>(row + at);
        for (unsigned quad = 0; quad < kElements; quad += 4) {
            Pack<float, 4> values;
            for (unsigned index = 0; index < 4; ++index) values.at[index] = p.scale * to_float(elements.at[quad + index]);
            store(output + at + quad, values);
        }
    }
}

}  // namespace

KERNEL(embed_f32, EmbedParams, 1024) { embed<float>(p); }
KERNEL(embed_f16, EmbedParams, 1024) { embed<f16>(p); }
KERNEL(embed_bf16, EmbedParams, 1024) { embed<bf16>(p); }
