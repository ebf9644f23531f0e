// All inline PTX (sm_80 and later), each piece with its body for the CPU beside it: device side in the first half of the file,
// the other in `../src/host/ptx.h`, with the same signatures.
//
// mma_m16n8k16<T>(d, a, b)   d += a * b for T bf16 or f16, sums in f32. With g = lane / 4 and t = lane % 4:
//     a[0] holds (row g, k 2t and 2t + 1), a[1] row g + 8, a[2] k + 8, a[3] both;
//     b[0] holds (k 2t and 2t + 1, column g), b[1] k + 8;
//     d[0], d[1] are (row g, columns 2t and 2t + 1), d[2], d[3] row g + 8.
// ldmatrix<count>(r, row)    1, 2 or 4 matrices of 8 x 8 elements of 16 bits from shared memory: lane 8 m + i gives the address
//     of row i of matrix m, 16-byte aligned; r[m] holds (row g, columns 2t and 2t + 1).
// ldmatrix_transposed<count> r[m] holds (rows 2t and 2t + 1, column g).
// copy_async_16(to, from, valid)   16 bytes from global to shared memory, zeros where not `valid` (`from` is then not read);
//     both addresses 16-byte aligned. There once the thread has waited for its group; other threads need a barrier as well.
// copy_async_commit()        Closes the thread's current group.
// load_streaming<P>(from)    As `load`, for 16 bytes that no one needs again soon: they leave the first-level cache to others.
// copy_async_wait<pending>() Until at most `pending` of the thread's latest groups are under way.
#pragma once

#include "common/memory.cuh"
#include "common/types.cuh"

#ifdef __CUDACC__

template <class T>
__device__ __forceinline__ void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

template <>
__device__ __forceinline__ void mma_m16n8k16<bf16>(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

template <>
__device__ __forceinline__ void mma_m16n8k16<f16>(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

__device__ __forceinline__ uint32_t shared_address(const void* pointer) {
    return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

template <unsigned count>
__device__ __forceinline__ void ldmatrix(uint32_t (&r)[count], const void* row) {
    static_assert(count == 1 || count == 2 || count == 4);
    const uint32_t address = shared_address(row);
    if constexpr (count == 1) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];" : "=r"(r[0]) : "r"(address) : "memory");
    } else if constexpr (count == 2) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                     : "=r"(r[0]), "=r"(r[1])
                     : "r"(address)
                     : "memory");
    } else {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                     : "r"(address)
                     : "memory");
    }
}

template <unsigned count>
__device__ __forceinline__ void ldmatrix_transposed(uint32_t (&r)[count], const void* row) {
    static_assert(count == 1 || count == 2 || count == 4);
    const uint32_t address = shared_address(row);
    if constexpr (count == 1) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
                     : "=r"(r[0])
                     : "r"(address)
                     : "memory");
    } else if constexpr (count == 2) {
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                     : "=r"(r[0]), "=r"(r[1])
                     : "r"(address)
                     : "memory");
    } else {
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                     : "r"(address)
                     : "memory");
    }
}

__device__ __forceinline__ void copy_async_16(void* to, const void* from, bool valid = true) {
    const unsigned bytes = valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(shared_address(to)), "l"(__cvta_generic_to_global(from)), "r"(bytes)
                 : "memory");
}

__device__ __forceinline__ void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <unsigned pending>
__device__ __forceinline__ void copy_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

template <class P>
__device__ __forceinline__ P load_streaming(const void* from) {
    static_assert(sizeof(P) == 16);
    union {
        uint4 whole;
        P pack;
    } value;
    asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.whole.x), "=r"(value.whole.y), "=r"(value.whole.z), "=r"(value.whole.w)
                 : "l"(__cvta_generic_to_global(from)));
    return value.pack;
}

#else

#include "../src/host/ptx.h"

#endif
