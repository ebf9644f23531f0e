// Vector loads and stores. On the CPU each asserts its alignment.
#pragma once

#include "types.cuh"

// Moves as one access of up to 16 bytes; nvcc splits a struct's copy into its elements otherwise.
template <unsigned bytes>
struct Word;
template <>
struct Word<16> {
    using Type = uint4;
};
template <>
struct Word<8> {
    using Type = uint2;
};
template <>
struct Word<4> {
    using Type = unsigned;
};

template <class P>
__device__ __forceinline__ P load(const void* address) {
    using Whole = typename Word<sizeof(P)>::Type;
#ifdef __CUDACC__
    union {
        Whole whole;
        P pack;
    } value;
    value.whole = *static_cast<const Whole*>(address);
    return value.pack;
#else
    static_assert(sizeof(Whole) == sizeof(P));
    conduit::host::expect_alignment(address, sizeof(P), "vector load");
    return *static_cast<const P*>(address);
#endif
}

template <class P>
__device__ __forceinline__ void store(void* address, const P& pack) {
#ifdef __CUDACC__
    using Whole = typename Word<sizeof(P)>::Type;
    union {
        P pack;
        Whole whole;
    } value;
    value.pack = pack;
    *static_cast<Whole*>(address) = value.whole;
#else
    conduit::host::expect_alignment(address, sizeof(P), "vector store");
    *static_cast<P*>(address) = pack;
#endif
}
