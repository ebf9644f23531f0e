// Work items of the prefill kernel, found on the device: the grid is fixed, the sequences are not.
#pragma once

#include "positions.cuh"

namespace attention {

// Rows of a tile: pairs of token and head of a KV head's group, tokens first, so that a tile is full whatever the group.
constexpr uint32_t kTileRows = 64;

struct QueryTile {
    // The number of sequences where there is no such tile.
    uint32_t sequence;
    uint32_t first_row;
};

// The tile of number `index` among those of all sequences that are the prefill kernel's, in their order.
//
// Each warp searches alone, 32 sequences at a time, so that no thread waits for another warp's result.
__device__ __forceinline__ QueryTile find_query_tile(const AttentionParams& p, uint32_t sequences, uint32_t index) {
    const SequenceEntry* entries = p.sequences;
    const uint32_t lane = threadIdx.x % 32;
    uint32_t before = 0;
    for (uint32_t first = 0; first < sequences; first += 32) {
        const uint32_t tokens = first + lane < sequences ? entries[first + lane].token_count : 0;
        const uint32_t tiles = tokens >= p.prefill_tokens ? (tokens * p.group + kTileRows - 1) / kTileRows : 0;
        uint32_t end = tiles;
#pragma unroll
        for (uint32_t distance = 1; distance < 32; distance *= 2) {
            const uint32_t other = __shfl_up_sync(kAllLanes, end, distance);
            end += lane >= distance ? other : 0;
        }
        end += before;
        const uint32_t reached = __ballot_sync(kAllLanes, index < end);
        if (reached != 0) {
            const uint32_t found = __ffs(reached) - 1;
            const uint32_t start = __shfl_sync(kAllLanes, end - tiles, found);
            return QueryTile{first + found, (index - start) * kTileRows};
        }
        before = __shfl_sync(kAllLanes, end, 31);
    }
    return QueryTile{sequences, 0};
}

}  // namespace attention
