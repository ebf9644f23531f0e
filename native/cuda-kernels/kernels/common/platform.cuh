// The one difference between the two compilers: nvcc for devices, a C++20 compiler for the CPU (`src/host/`).
//
// KERNEL(name, Params, max_threads[, min_blocks_per_multiprocessor]) { ... p.field ... }
//     An entry point. All of its parameters are in one plain struct, called `p` in the body.
// SHARED(name, type);
//     A static array in shared memory, 16-byte aligned: SHARED(sums, float[32]). Its content is unspecified.
// DYNAMIC_SHARED(name);
//     The start of the launch's dynamic shared memory as `unsigned char*`, at least 128-byte aligned.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__

#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace conduit {
template <class T>
struct Identity {
    using Type = T;
};
}  // namespace conduit

#define KERNEL(name, Params, ...) \
    extern "C" __global__ void __launch_bounds__(__VA_ARGS__) name(const __grid_constant__ Params p)
#define SHARED(name, ...) __shared__ __align__(16) typename conduit::Identity<__VA_ARGS__>::Type name
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) unsigned char name[]

#else

#include "../../src/host/device.h"

#endif

constexpr unsigned kWarpSize = 32;
constexpr unsigned kAllLanes = ~0u;
