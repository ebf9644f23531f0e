// Several sums over a warp at once.
#pragma once

#include "../common/platform.cuh"

namespace linear {

// Sums each of `count` values over the lanes of a warp: lane `i * 32 / count` gets the sum of the `i`th, in `values[0]`.
//
// As long as there are values to share out, lanes that differ in `bit` swap halves of them, so that all sums together cost
// `count - 1` shuffles and a few, not five for each. Which lanes meet in which order is the same for any `count`: so are the
// bits of a sum.
template <uint32_t count, uint32_t bit = kWarpSize / 2, uint32_t total>
__device__ __forceinline__ void warp_sums(float (&values)[total]) {
    if constexpr (count > 1) {
        const bool is_upper = (threadIdx.x & bit) != 0;
#pragma unroll
        for (uint32_t i = 0; i < count / 2; ++i) {
            const float own = is_upper ? values[count / 2 + i] : values[i];
            const float given = is_upper ? values[i] : values[count / 2 + i];
            values[i] = own + __shfl_xor_sync(kAllLanes, given, bit);
        }
    } else {
        values[0] += __shfl_xor_sync(kAllLanes, values[0], bit);
    }
    if constexpr (bit > 1) warp_sums<(count > 1 ? count / 2 : 1), bit / 2>(values);
}

}  // namespace linear
