// What happens to queries, keys and values between their projection and attention: the optional RMS norm of each head of queries
// and keys, the rotary embedding of both, keys and values into the paged cache in its type, queries out in f32.
//
// One warp a head, so that a head's sum needs no barrier and one token's heads spread over the device. The input stays as it is:
// an element's partner in the rotation is read again, from the cache, rather than passed between lanes, which allows any size
// of head and of its rotated part.
#include "common/reduce.cuh"
#include "common/step.cuh"
#include "common/types.cuh"

namespace {

struct RotateParams {
    // `[tokens, heads + 2 * kv_heads, head_dim]`
    const float* qkv;
    // `[tokens, cosines | sines]`
    const float* table;
    // `[tokens, heads, head_dim]`
    float* queries;
    // Weights of the heads' norms; null without them.
    const float* query_norm;
    const float* key_norm;
    uint8_t* cache;
    const StepHeader* header;
    const uint32_t* token_sequences;
    const SequenceEntry* sequences;
    const uint32_t* block_tables;
    // Bytes from the start of a block to this layer's keys and values.
    uint64_t key_offset;
    uint64_t value_offset;
    uint32_t qkv_stride;
    uint32_t table_stride;
    uint32_t queries_stride;
    uint32_t heads;
    uint32_t kv_heads;
    uint32_t head_dim;
    // Half of the elements of a head that are rotated.
    uint32_t frequencies;
    uint32_t is_interleaved;
    uint32_t kv_group;
    float epsilon;
};
static_assert(sizeof(RotateParams) == 136);

// Which element an element turns with, and at which frequency; the first of a pair takes its partner negated.
struct Turn {
    unsigned partner;
    unsigned frequency;
    float sign;
};

__device__ __forceinline__ Turn turn_of(const RotateParams& p, unsigned element) {
    const bool is_second = p.is_interleaved ? element % 2 == 1 : element >= p.frequencies;
    const unsigned distance = p.is_interleaved ? 1 : p.frequencies;
    const unsigned first = is_second ? element - distance : element;
    return {is_second ? first : first + distance, p.is_interleaved ? first / 2 : first, is_second ? 1.0f : -1.0f};
}

__device__ __forceinline__ float inverse_root_mean_square(const RotateParams& p, const float* head) {
    float sum = 0.0f;
    for (unsigned element = threadIdx.x % kWarpSize; element < p.head_dim; element += kWarpSize) {
        sum = __fmaf_rn(head[element], head[element], sum);
    }
    return 1.0f / sqrtf(warp_sum(sum) / static_cast<float>(p.head_dim) + p.epsilon);
}

// Writes a head of queries or keys, normalised and rotated.
template <class T>
__device__ void rotate(const RotateParams& p, const float* head, const float* norm, const float* angles, T* output) {
    const float inverse = norm == nullptr ? 1.0f : inverse_root_mean_square(p, head);
    const auto value = [&](unsigned element) {
        return norm == nullptr ? head[element] : head[element] * inverse * norm[element];
    };
    for (unsigned element = threadIdx.x % kWarpSize; element < p.head_dim; element += kWarpSize) {
        float result = value(element);
        if (element < 2 * p.frequencies) {
            const Turn turn = turn_of(p, element);
            const float cosine = angles[turn.frequency];
            const float sine = angles[p.frequencies + turn.frequency];
            result = result * cosine + turn.sign * (value(turn.partner) * sine);
        }
        output[element] = from_float<T>(result);
    }
}

// Where keys (or values) of a token's head go.
template <class T>
__device__ __forceinline__ T* cache_place(const RotateParams& p, unsigned token, unsigned kv_head, uint64_t offset) {
    const SequenceEntry& sequence = p.sequences[p.token_sequences[token]];
    const unsigned position = sequence.context_len - sequence.token_count + (token - sequence.first_token);
    const uint32_t block = p.block_tables[sequence.first_block[p.kv_group] + position / kBlockTokens];
    const size_t row = kv_head * kBlockTokens + position % kBlockTokens;
    return reinterpret_cast<T*>(p.cache + uint64_t(block) * kAddressUnit + offset) + row * p.head_dim;
}

template <class T>
__device__ void rotate_and_cache(const RotateParams& p) {
    const unsigned token = blockIdx.x;
    if (token >= p.header->tokens) return;
    const unsigned head = blockIdx.y * (blockDim.x / kWarpSize) + threadIdx.x / kWarpSize;
    if (head >= p.heads + 2 * p.kv_heads) return;
    const float* input = p.qkv + size_t(token) * p.qkv_stride + head * p.head_dim;
    const float* angles = p.table + size_t(token) * p.table_stride;
    if (head < p.heads) {
        float* output = p.queries + size_t(token) * p.queries_stride + head * p.head_dim;
        rotate(p, input, p.query_norm, angles, output);
    } else if (head < p.heads + p.kv_heads) {
        T* output = cache_place<T>(p, token, head - p.heads, p.key_offset);
        rotate(p, input, p.key_norm, angles, output);
    } else {
        T* output = cache_place<T>(p, token, head - p.heads - p.kv_heads, p.value_offset);
        for (unsigned element = threadIdx.x % kWarpSize; element < p.head_dim; element += kWarpSize) {
            output[element] = from_float<T>(input[element]);
        }
    }
}

}  // namespace

KERNEL(rotate_and_cache_f32, RotateParams, 256) { rotate_and_cache<float>(p); }
KERNEL(rotate_and_cache_f16, RotateParams, 256) { rotate_and_cache<f16>(p); }
KERNEL(rotate_and_cache_bf16, RotateParams, 256) { rotate_and_cache<bf16>(p); }
