// Tiles of a matrix in shared memory: copied without waiting, read by `ldmatrix`, both without bank conflicts.
#pragma once

#include "../ptx.cuh"

namespace linear {

// Inner features of a tile and the bytes that they take: a row is one line of the cache, and one turn of all banks.
constexpr uint32_t kTileInner = 64;
constexpr uint32_t kTileRowBytes = 128;

// Where the 16 bytes `chunk` (0..8) of a row lie. Eight rows hold the same chunk in eight different places, which is what
// makes both the copies and `ldmatrix`, eight rows at a time, go through all banks once.
__device__ __forceinline__ uint32_t tile_offset(uint32_t row, uint32_t chunk) {
    return row * kTileRowBytes + ((chunk ^ (row % 8)) << 4);
}

// Asks for rows `first..first + kRows` of a matrix with `count` rows, from inner feature `inner` on; rows beyond the last
// become zeros. All threads of the block take part; the copies belong to the group that the caller commits.
template <uint32_t kRows, uint32_t kThreads, typename T>
__device__ __forceinline__ void copy_tile(
    unsigned char* tile, const T* matrix, uint32_t stride, uint32_t first, uint32_t count, uint32_t inner) {
    constexpr uint32_t kRowChunks = kTileRowBytes / 16;
    static_assert(kRows * kRowChunks % kThreads == 0 && kThreads % kRowChunks == 0, "every thread copies as much");
    const uint32_t chunk = threadIdx.x % kRowChunks;
#pragma unroll
    for (uint32_t turn = 0; turn < kRows * kRowChunks / kThreads; ++turn) {
        const uint32_t row = threadIdx.x / kRowChunks + turn * (kThreads / kRowChunks);
        const bool inside = first + row < count;
        // Nothing is read from outside, but the address must be a good one all the same.
        const size_t source = static_cast<size_t>(inside ? first + row : 0) * stride + inner + chunk * (16 / sizeof(T));
        copy_async_16(tile + tile_offset(row, chunk), matrix + source, inside);
    }
}

// The `mma` operand A of 16 rows from `row` on and 16 inner features from chunk `chunk` on.
__device__ __forceinline__ void load_a(uint32_t (&a)[4], const unsigned char* tile, uint32_t row, uint32_t chunk) {
    const uint32_t lane = threadIdx.x % kWarpSize;
    ldmatrix(a, tile + tile_offset(row + lane % 16, chunk + lane / 16));
}

// The `mma` operands B of two times 8 rows from `row` on and 16 inner features from chunk `chunk` on.
__device__ __forceinline__ void load_b(uint32_t (&b)[4], const unsigned char* tile, uint32_t row, uint32_t chunk) {
    const uint32_t lane = threadIdx.x % kWarpSize;
    ldmatrix(b, tile + tile_offset(row + lane % 8 + lane / 16 * 8, chunk + lane / 8 % 2));
}

}  // namespace linear
