// bf16 and f16 as storage, and the conversions of CUDA's headers: round to nearest, ties to even; one NaN.
#pragma once

#include <bit>
#include <cstdint>

struct __nv_bfloat16 {
    std::uint16_t bits;
};
struct __half {
    std::uint16_t bits;
};
struct __nv_bfloat162 {
    __nv_bfloat16 x, y;
};
struct __half2 {
    __half x, y;
};

inline float __bfloat162float(__nv_bfloat16 value) { return std::bit_cast<float>(std::uint32_t(value.bits) << 16); }

inline __nv_bfloat16 __float2bfloat16_rn(float value) {
    if (value != value) return {0x7FFF};
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return {std::uint16_t((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)};
}

inline float __half2float(__half value) { return float(std::bit_cast<_Float16>(value.bits)); }

inline __half __float2half_rn(float value) {
    if (value != value) return {0x7FFF};
    return {std::bit_cast<std::uint16_t>(_Float16(value))};
}

inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return {__float2bfloat16_rn(x), __float2bfloat16_rn(y)}; }
inline __half2 __floats2half2_rn(float x, float y) { return {__float2half_rn(x), __float2half_rn(y)}; }
