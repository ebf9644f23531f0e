// Element types and their conversions to and from f32, in which everything is computed.
#pragma once

#include "platform.cuh"

using bf16 = __nv_bfloat16;
using f16 = __half;

__device__ __forceinline__ float to_float(float value) { return value; }
__device__ __forceinline__ float to_float(bf16 value) { return __bfloat162float(value); }
__device__ __forceinline__ float to_float(f16 value) { return __half2float(value); }

template <class T>
__device__ __forceinline__ T from_float(float value);
template <>
__device__ __forceinline__ float from_float<float>(float value) {
    return value;
}
template <>
__device__ __forceinline__ bf16 from_float<bf16>(float value) {
    return __float2bfloat16_rn(value);
}
template <>
__device__ __forceinline__ f16 from_float<f16>(float value) {
    return __float2half_rn(value);
}

// `count` elements that move in one access; the address is a multiple of their size together.
template <class T, unsigned count>
struct alignas(sizeof(T) * count) Pack {
    static constexpr unsigned kCount = count;
    T at[count];
};

// As many elements as 16 bytes hold.
template <class T>
using Pack16 = Pack<T, 16 / sizeof(T)>;
