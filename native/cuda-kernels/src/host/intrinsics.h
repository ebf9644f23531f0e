// The scalar intrinsics of CUDA that kernels use.
#pragma once

#include <math.h>

#include <bit>
#include <cstdint>
#include <cstring>

#define rsqrtf(x) (1.0f / sqrtf(x))

inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fadd_rn(float x, float y) { return x + y; }

inline std::uint32_t __float_as_uint(float x) { return std::bit_cast<std::uint32_t>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __uint_as_float(std::uint32_t x) { return std::bit_cast<float>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline int __float2int_rn(float x) { return int(rintf(x)); }

inline int __popc(std::uint32_t x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(std::uint32_t(x)); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(std::uint32_t(x)) + 1; }
inline std::uint32_t __umulhi(std::uint32_t x, std::uint32_t y) { return std::uint64_t(x) * y >> 32; }
inline std::uint64_t __umul64hi(std::uint64_t x, std::uint64_t y) { return (unsigned __int128)(x) * y >> 64; }

inline int min(int x, int y) { return x < y ? x : y; }
inline int max(int x, int y) { return x > y ? x : y; }
inline unsigned min(unsigned x, unsigned y) { return x < y ? x : y; }
inline unsigned max(unsigned x, unsigned y) { return x > y ? x : y; }
