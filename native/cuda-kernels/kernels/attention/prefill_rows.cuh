// What a warp of the prefill kernel does with its 16 rows.
#pragma once

#include "output.cuh"
#include "prefill_copy.cuh"
#include "softmax.cuh"

namespace attention {

// Scores of products, in units of log2. Whether they are capped is asked once, not for each.
template <uint32_t kTiles>
__device__ __forceinline__ void to_scores(const AttentionParams& p, float (&products)[kTiles][4]) {
    if (p.soft_cap == 0.0f) {
        const float scale = p.scale * kLog2E;
#pragma unroll
        for (uint32_t i = 0; i < kTiles * 4; ++i) {
            products[i / 4][i % 4] *= scale;
        }
    } else {
#pragma unroll
        for (uint32_t i = 0; i < kTiles * 4; ++i) {
            products[i / 4][i % 4] = capped_score_of(p, products[i / 4][i % 4]);
        }
    }
}

// 16 rows of one warp. In matrices of `mma.sync` a lane has two of them, `lane / 4` and 8 further on, and of every 8
// columns two neighbours, from `lane % 4 * 2` on.
template <class T, uint32_t kWidth, uint32_t kPositions>
struct WarpRows {
    static constexpr uint32_t kRow = kWidth + 8;
    uint32_t row[2];
    Visible visible[2];
    Softmax softmax[2];
    uint32_t queries[kWidth / 16][4];
    float sums[kWidth / 8][4];

    __device__ __forceinline__ void load(const AttentionParams& p, const SequenceEntry& sequence, uint32_t kv_head,
                                         uint32_t first, uint32_t rows) {
        const float* source[2];
#pragma unroll
        for (uint32_t r = 0; r < 2; ++r) {
            row[r] = first + 8 * r;
            softmax[r] = empty_softmax();
            const uint32_t token = min(row[r], rows - 1) / p.group;
            const uint32_t head = kv_head * p.group + min(row[r], rows - 1) % p.group;
            visible[r] = visible_from(p, first_position(sequence) + token);
            source[r] = p.queries +
                        size_t(sequence.first_token + token) * p.query_stride + head * p.head_dim;
        }
#pragma unroll
        for (uint32_t step = 0; step < kWidth / 16; ++step) {
#pragma unroll
            for (uint32_t part = 0; part < 4; ++part) {
                const uint32_t r = part % 2;
                const uint32_t feature = step * 16 + part / 2 * 8 + threadIdx.x % 4 * 2;
                float pair[2] = {0.0f, 0.0f};
                if (row[r] < rows && feature < p.head_dim) {
                    load_floats(source[r] + feature, pair);
                }
                queries[step][part] = pack_pair<T>(pair[0], pair[1]);
            }
        }
#pragma unroll
        for (uint32_t tile = 0; tile < kWidth / 8; ++tile) {
#pragma unroll
            for (uint32_t i = 0; i < 4; ++i) {
                sums[tile][i] = 0.0f;
            }
        }
    }

    // `products += queries * keys^T`.
    __device__ __forceinline__ void multiply_keys(float (&products)[kPositions / 8][4], const T (&keys)[kPositions][kRow],
                                                  uint32_t head_dim) const {
        const uint32_t lane = threadIdx.x % 32;
        // Of the four matrices the first two are 8 positions and two times 8 features, the others the next 8 positions.
        const T* corner = &keys[lane % 8 + lane / 16 * 8][lane / 8 % 2 * 8];
#pragma unroll
        for (uint32_t step = 0; step < kWidth / 16; ++step) {
            if (step * 16 < head_dim) {
#pragma unroll
                for (uint32_t pair = 0; pair < kPositions / 16; ++pair) {
                    uint32_t b[4];
                    ldmatrix<4>(b, corner + pair * 16 * kRow + step * 16);
                    mma_m16n8k16<T>(products[2 * pair], queries[step], {b[0], b[1]});
                    mma_m16n8k16<T>(products[2 * pair + 1], queries[step], {b[2], b[3]});
                }
            }
        }
    }

    // -inf for positions that a row does not see.
    __device__ __forceinline__ void mask(float (&scores)[kPositions / 8][4], uint32_t position) const {
#pragma unroll
        for (uint32_t tile = 0; tile < kPositions / 8; ++tile) {
#pragma unroll
            for (uint32_t i = 0; i < 4; ++i) {
                const uint32_t column = position + tile * 8 + threadIdx.x % 4 * 2 + i % 2;
                scores[tile][i] = visible[i / 2].contains(column) ? scores[tile][i] : -INFINITY;
            }
        }
    }

    // `2^(score - maximum)`, with the maximum so far; sums before are brought to the new one. A row may have seen nothing yet.
    __device__ __forceinline__ void to_weights(float (&scores)[kPositions / 8][4]) {
#pragma unroll
        for (uint32_t r = 0; r < 2; ++r) {
            float maximum = softmax[r].maximum;
#pragma unroll
            for (uint32_t tile = 0; tile < kPositions / 8; ++tile) {
                maximum = fmaxf(maximum, fmaxf(scores[tile][2 * r], scores[tile][2 * r + 1]));
            }
            maximum = fmaxf(maximum, __shfl_xor_sync(kAllLanes, maximum, 1));
            maximum = fmaxf(maximum, __shfl_xor_sync(kAllLanes, maximum, 2));
            const float base = maximum == -INFINITY ? 0.0f : maximum;
            const float before = exp2f(softmax[r].maximum - base);
            softmax[r].maximum = maximum;
            softmax[r].sum *= before;
#pragma unroll
            for (uint32_t tile = 0; tile < kPositions / 8; ++tile) {
#pragma unroll
                for (uint32_t i = 2 * r; i < 2 * r + 2; ++i) {
                    scores[tile][i] = exp2f(scores[tile][i] - base);
                    softmax[r].sum += scores[tile][i];
                }
            }
#pragma unroll
            for (uint32_t tile = 0; tile < kWidth / 8; ++tile) {
                sums[tile][2 * r] *= before;
                sums[tile][2 * r + 1] *= before;
            }
        }
    }

    // `sums += weights * values`. The result of the first product lies in registers as the second takes its left side.
    __device__ __forceinline__ void add_values(const float (&weights)[kPositions / 8][4], const T (&values)[kPositions][kRow],
                                               uint32_t head_dim) {
        const uint32_t lane = threadIdx.x % 32;
        // Of the four matrices the first two are two times 8 positions and 8 features, the others the next 8 features.
        const T* corner = &values[lane % 16][lane / 16 * 8];
#pragma unroll
        for (uint32_t step = 0; step < kPositions / 16; ++step) {
            const float (&left)[4] = weights[2 * step];
            const float (&right)[4] = weights[2 * step + 1];
            const uint32_t a[4] = {pack_pair<T>(left[0], left[1]), pack_pair<T>(left[2], left[3]),
                                   pack_pair<T>(right[0], right[1]), pack_pair<T>(right[2], right[3])};
#pragma unroll
            for (uint32_t pair = 0; pair < kWidth / 16; ++pair) {
                if (pair * 16 < head_dim) {
                    uint32_t b[4];
                    ldmatrix_transposed<4>(b, corner + step * 16 * kRow + pair * 16);
                    mma_m16n8k16<T>(sums[2 * pair], a, {b[0], b[1]});
                    mma_m16n8k16<T>(sums[2 * pair + 1], a, {b[2], b[3]});
                }
            }
        }
    }

    __device__ __forceinline__ void store(const AttentionParams& p, const SequenceEntry& sequence, uint32_t kv_head,
                                          uint32_t rows) {
#pragma unroll
        for (uint32_t r = 0; r < 2; ++r) {
            softmax[r].sum += __shfl_xor_sync(kAllLanes, softmax[r].sum, 1);
            softmax[r].sum += __shfl_xor_sync(kAllLanes, softmax[r].sum, 2);
            if (row[r] >= rows) {
                continue;
            }
            const uint32_t token = sequence.first_token + row[r] / p.group;
            const uint32_t head = kv_head * p.group + row[r] % p.group;
#pragma unroll
            for (uint32_t tile = 0; tile < kWidth / 8; ++tile) {
                const uint32_t feature = tile * 8 + threadIdx.x % 4 * 2;
                if (tile * 8 < p.head_dim) {
                    store_pair(p, token, head * p.head_dim + feature, normalised(softmax[r], sums[tile][2 * r]),
                               normalised(softmax[r], sums[tile][2 * r + 1]));
                }
            }
        }
    }
};

}  // namespace attention
