// The prefill kernel's keys and values in shared memory, and their copies out of the cache.
#pragma once

#include "../ptx.cuh"
#include "positions.cuh"

namespace attention {

constexpr uint32_t kPrefillThreads = 128;

// Rows lie 16 bytes more than a power of two apart: the eight rows of a matrix that `ldmatrix` reads meet all banks.
template <class T, uint32_t kWidth, uint32_t kPositions>
struct PrefillShared {
    static constexpr uint32_t kRow = kWidth + 8;
    alignas(16) T keys[kPositions][kRow];
    alignas(16) T values[kPositions][kRow];
};

// Copies of one side of the cache, for one KV head.
template <class T, uint32_t kWidth, uint32_t kPositions>
struct PagedCopy {
    BlockTable table;
    // Bytes from the start of a block.
    uint64_t offset;
    uint32_t head_dim;
    Visible visible;

    // Starts the copy of positions from `position` on, the first of a block. Those that are not visible become 0, and blocks
    // without any are not looked up: tables end with the context, and blocks behind a window may be others' by now.
    __device__ __forceinline__ void start(T (&to)[kPositions][kWidth + 8], uint32_t position) const {
        constexpr uint32_t kVectors = kWidth / 8;
        // Unrolling this loop would cost registers, and a third more time to compile.
#pragma unroll 1
        for (uint32_t first = 0; first < kPositions; first += kBlockTokens) {
            const bool exists = position + first < visible.end;
            const uint8_t* block = table.cache;
            if (exists) {
                block = table.start((position + first) / kBlockTokens) + offset;
            }
            for (uint32_t i = threadIdx.x; i < kBlockTokens * kVectors; i += kPrefillThreads) {
                const uint32_t row = i / kVectors;
                const uint32_t feature = i % kVectors * 8;
                if (feature < head_dim) {
                    const T* source = reinterpret_cast<const T*>(block) + (exists ? row * head_dim + feature : 0);
                    copy_async_16(&to[first + row][feature], source, visible.contains(position + first + row));
                }
            }
        }
    }
};

}  // namespace attention
