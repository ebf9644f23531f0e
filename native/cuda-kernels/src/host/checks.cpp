// Kernels with the faults that the execution on the CPU is there to find, and some that use all of it; for its own tests.
#include "../../kernels/common/memory.cuh"
#include "../../kernels/common/reduce.cuh"
#include "../../kernels/ptx.cuh"

namespace {

struct CheckParams {
    const void* input;
    void* output;
    std::uint32_t count;
    std::uint32_t reserved;
};

// Multiplies a 16 x 16 by a 16 x 8 matrix, both of 16-bit elements; the second as its columns, or as its rows.
template <class T>
void multiply(const CheckParams& p, bool is_transposed) {
    SHARED(left, T[16][16]);
    SHARED(right, T[128]);
    const auto* input = static_cast<const T*>(p.input);
    copy_async_16(&left[threadIdx.x / 2][threadIdx.x % 2 * 8], input + threadIdx.x * 8);
    copy_async_16(right + threadIdx.x % 16 * 8, input + 256 + threadIdx.x % 16 * 8, threadIdx.x < 16 || p.count > 0);
    copy_async_commit();
    copy_async_wait<0>();
    __syncthreads();
    std::uint32_t a[4];
    std::uint32_t b[2];
    ldmatrix(a, &left[threadIdx.x % 16][threadIdx.x / 16 * 8]);
    if (is_transposed) {
        ldmatrix_transposed(b, right + threadIdx.x % 16 * 8);
    } else {
        ldmatrix(b, right + threadIdx.x % 8 * 16 + threadIdx.x / 8 % 2 * 8);
    }
    float d[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    mma_m16n8k16<T>(d, a, b);
    auto* output = static_cast<float*>(p.output) + threadIdx.x / 4 * 8 + threadIdx.x % 4 * 2;
    output[0] = d[0];
    output[1] = d[1];
    output[64] = d[2];
    output[65] = d[3];
}

}  // namespace

KERNEL(check_barrier_of_some, CheckParams, 1024) {
    if (threadIdx.x >= 5 && threadIdx.x < p.count) return;
    __syncthreads();
}

KERNEL(check_barriers_apart, CheckParams, 1024) {
    if (threadIdx.x % 64 < 32) {
        __syncthreads();
    } else {
        __syncthreads();
    }
}

KERNEL(check_missing_lane, CheckParams, 1024) {
    if (threadIdx.x == 3) return;
    static_cast<float*>(p.output)[threadIdx.x] = warp_sum(1.0f);
}

KERNEL(check_mixed_collectives, CheckParams, 1024) {
    if (threadIdx.x % 2 == 0) {
        __ballot_sync(kAllLanes, 1);
    } else {
        __syncwarp();
    }
}

KERNEL(check_foreign_mask, CheckParams, 1024) { __syncwarp(1u << (threadIdx.x + 1) % 32); }

KERNEL(check_unaligned_load, CheckParams, 1024) {
    const auto pack = load<Pack<float, 4>>(static_cast<const float*>(p.input) + threadIdx.x);
    static_cast<float*>(p.output)[threadIdx.x] = pack.at[0];
}

// By hand, past `load`: only the sanitizer sees it.
KERNEL(check_unaligned_pointer, CheckParams, 1024) {
    const auto* pointer = reinterpret_cast<const float4*>(static_cast<const float*>(p.input) + 1);
    static_cast<float4*>(p.output)[threadIdx.x] = *pointer;
}

KERNEL(check_beyond_the_end, CheckParams, 1024) {
    static_cast<float*>(p.output)[threadIdx.x] = static_cast<const float*>(p.input)[threadIdx.x + 1];
}

KERNEL(check_beyond_shared, CheckParams, 1024) {
    SHARED(values, float[32]);
    values[threadIdx.x] = 0.0f;
    __syncthreads();
    static_cast<float*>(p.output)[threadIdx.x] = (&values[0])[threadIdx.x + p.count];
}

KERNEL(check_poison, CheckParams, 1024) {
    SHARED(unwritten, float[32]);
    DYNAMIC_SHARED(dynamic);
    auto* output = static_cast<float*>(p.output) + threadIdx.x * 4;
    auto* pending = dynamic + threadIdx.x * 16;
    output[0] = unwritten[threadIdx.x];
    output[1] = *reinterpret_cast<float*>(pending);
    copy_async_16(pending, static_cast<const float*>(p.input) + threadIdx.x * 4);
    copy_async_commit();
    copy_async_commit();
    copy_async_wait<2>();
    output[2] = *reinterpret_cast<float*>(pending);
    copy_async_wait<1>();
    output[3] = *reinterpret_cast<float*>(pending);
}

// Whether the second warp finds what the first writes is left to chance.
KERNEL(check_race, CheckParams, 64) {
    SHARED(value, std::uint32_t);
    if (threadIdx.x == 0) value = 1;
    if (threadIdx.x == 32) static_cast<std::uint32_t*>(p.output)[blockIdx.x] = value;
}

KERNEL(check_collectives, CheckParams, 128) {
    auto* output = static_cast<std::uint32_t*>(p.output) + (blockIdx.x * blockDim.x + threadIdx.x) * 12;
    const unsigned lane = threadIdx.x % 32;
    const unsigned half = lane < 16 ? 0xFFFFu : 0xFFFF0000u;
    output[0] = __shfl_sync(kAllLanes, threadIdx.x, 7, 8);
    output[1] = __shfl_xor_sync(kAllLanes, threadIdx.x, 5);
    output[2] = __shfl_up_sync(kAllLanes, threadIdx.x, 3, 16);
    output[3] = __shfl_down_sync(kAllLanes, threadIdx.x, 3, 16);
    output[4] = __ballot_sync(half, lane % 3 == 0);
    output[5] = __any_sync(half, lane == 20);
    output[6] = __all_sync(half, lane < 16);
    output[7] = __syncthreads_count(threadIdx.x % 5 == 0);
    output[8] = __syncthreads_or(threadIdx.x == 99);
    output[9] = __syncthreads_and(threadIdx.x != 99);
    output[10] = std::uint32_t(block_sum(float(threadIdx.x)));
    atomicAdd(static_cast<std::uint32_t*>(const_cast<void*>(p.input)), threadIdx.x);
    output[11] = blockIdx.x + 10 * blockIdx.y + 100 * blockIdx.z;
}

KERNEL(check_multiply_bf16, CheckParams, 32) { multiply<bf16>(p, false); }
KERNEL(check_multiply_f16, CheckParams, 32) { multiply<f16>(p, false); }
KERNEL(check_multiply_transposed_bf16, CheckParams, 32) { multiply<bf16>(p, true); }
KERNEL(check_multiply_transposed_f16, CheckParams, 32) { multiply<f16>(p, true); }

// One warp a row of a square matrix, for the time that it takes.
KERNEL(check_gemv, CheckParams, 256) {
    const unsigned row = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
    const auto* weights = static_cast<const bf16*>(p.input) + std::size_t(row) * p.count;
    float sum = 0.0f;
    for (unsigned at = threadIdx.x % 32 * 8; at < p.count; at += 256) {
        const auto pack = load<Pack16<bf16>>(weights + at);
        for (unsigned index = 0; index < 8; ++index) sum += to_float(pack.at[index]);
    }
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) static_cast<float*>(p.output)[row] = sum;
}
