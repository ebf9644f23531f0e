// `activation(gate) * up` of rows that hold gate and up side by side.
//
// Each thread makes four elements; a row is spread over blocks, so that one row alone keeps a device busy. Outputs are zero from
// `features` to their stride. `up` starts in the middle of the row and is read in vectors only where that is aligned.
#include "common/rows.cuh"

namespace {

struct GatedParams {
    const float* gate_up;
    void* output;
    const uint32_t* rows;
    // Of the output: half of the input's.
    uint32_t features;
    uint32_t input_stride;
    uint32_t output_stride;
    uint32_t reserved;
};
static_assert(sizeof(GatedParams) == 40);

struct Silu {
    static __device__ float of(float x) { return x / (1.0f + expf(-x)); }
};

struct GeluTanh {
    static __device__ float of(float x) {
        const float inner = 0.7978846f * (x + 0.044715f * x * x * x);
        return 0.5f * x * (1.0f + tanhf(inner));
    }
};

template <class T, class Activation>
__device__ void gated(const GatedParams& p) {
    if (blockIdx.x >= *p.rows) return;
    const unsigned at = (blockIdx.y * blockDim.x + threadIdx.x) * 4;
    if (at >= p.output_stride) return;
    const float* gates = p.gate_up + size_t(blockIdx.x) * p.input_stride;
    const float* ups = gates + p.features;
    const bool is_aligned = p.features % 4 == 0;
    const auto gate = load_within(gates, at, p.features);
    const auto up = is_aligned ? load_within(ups, at, p.features) : gather_within(ups, at, p.features);
    Pack<T, 4> result;
    for (unsigned index = 0; index < 4; ++index) {
        result.at[index] = from_float<T>(Activation::of(gate.at[index]) * up.at[index]);
    }
    store(static_cast<T*>(p.output) + size_t(blockIdx.x) * p.output_stride + at, result);
}

}  // namespace

KERNEL(gated_silu_f32, GatedParams, 256) { gated<float, Silu>(p); }
KERNEL(gated_silu_f16, GatedParams, 256) { gated<f16, Silu>(p); }
KERNEL(gated_silu_bf16, GatedParams, 256) { gated<bf16, Silu>(p); }
KERNEL(gated_gelu_tanh_f32, GatedParams, 256) { gated<float, GeluTanh>(p); }
KERNEL(gated_gelu_tanh_f16, GatedParams, 256) { gated<f16, GeluTanh>(p); }
KERNEL(gated_gelu_tanh_bf16, GatedParams, 256) { gated<bf16, GeluTanh>(p); }
