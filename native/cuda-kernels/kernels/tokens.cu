// Ids of the step's tokens, where some are what a step before has sampled and the host need not know yet.
#include "common/sampled.cuh"

namespace {

// Set in a source that is an index into the sampled tokens; ids have at most 31 bits.
constexpr uint32_t kSampledFlag = 1u << 31;

struct ResolveParams {
    const uint32_t* sources;
    const SampledToken* sampled;
    uint32_t* tokens;
    const uint32_t* token_count;
};
static_assert(sizeof(ResolveParams) == 32);

}  // namespace

KERNEL(resolve_tokens, ResolveParams, 256) {
    const unsigned token = blockIdx.x * blockDim.x + threadIdx.x;
    if (token >= *p.token_count) return;
    const uint32_t source = p.sources[token];
    p.tokens[token] = (source & kSampledFlag) == 0 ? source : p.sampled[source & ~kSampledFlag].token;
}
