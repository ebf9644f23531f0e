// Two 16-bit elements in one register, as `mma` takes them, and a few neighbours as f32.
#pragma once

#include <cstring>

#include "memory.cuh"

// Two numbers, rounded by one instruction; the first lies in the lower half.
template <class T>
__device__ __forceinline__ uint32_t pack_pair(float first, float second);
template <>
__device__ __forceinline__ uint32_t pack_pair<bf16>(float first, float second) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(first, second);
    uint32_t bits;
    std::memcpy(&bits, &pair, sizeof(bits));
    return bits;
}
template <>
__device__ __forceinline__ uint32_t pack_pair<f16>(float first, float second) {
    const __half2 pair = __floats2half2_rn(first, second);
    uint32_t bits;
    std::memcpy(&bits, &pair, sizeof(bits));
    return bits;
}

// `count` neighbours from an address that is a multiple of their size together, or of 16 bytes where that is less.
template <class T, unsigned count>
__device__ __forceinline__ void load_floats(const T* from, float (&to)[count]) {
    constexpr unsigned kAtOnce = count * sizeof(T) > 16 ? 16 / sizeof(T) : count;
#pragma unroll
    for (unsigned first = 0; first < count; first += kAtOnce) {
        const auto pack = load<Pack<T, kAtOnce>>(from + first);
#pragma unroll
        for (unsigned index = 0; index < kAtOnce; ++index) to[first + index] = to_float(pack.at[index]);
    }
}

// The same in the other direction.
template <unsigned count>
__device__ __forceinline__ void store_floats(float* to, const float (&from)[count]) {
    constexpr unsigned kAtOnce = count > 4 ? 4 : count;
#pragma unroll
    for (unsigned first = 0; first < count; first += kAtOnce) {
        Pack<float, kAtOnce> pack;
#pragma unroll
        for (unsigned index = 0; index < kAtOnce; ++index) pack.at[index] = from[first + index];
        store(to + first, pack);
    }
}
