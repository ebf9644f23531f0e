// Rows of f32 whose number of features need not be a multiple of four: what lies between it and the stride is never read.
#pragma once

#include "memory.cuh"

// Elements `at` to `at + 3` of a row at any address, zeros from `features` on.
__device__ __forceinline__ Pack<float, 4> gather_within(const float* row, unsigned at, unsigned features) {
    Pack<float, 4> quad;
    for (unsigned index = 0; index < 4; ++index) quad.at[index] = at + index < features ? row[at + index] : 0.0f;
    return quad;
}

// The same of an aligned row; `at` is a multiple of four.
__device__ __forceinline__ Pack<float, 4> load_within(const float* row, unsigned at, unsigned features) {
    return at + 4 <= features ? load<Pack<float, 4>>(row + at) : gather_within(row, at, features);
}

// `x += delta`, by all threads of the block; each thread adds the elements that it reads when it goes over the row with the same
// step, four at a time.
__device__ __forceinline__ void add_row(float* x, const float* delta, unsigned features) {
    for (unsigned at = threadIdx.x * 4; at < features; at += blockDim.x * 4) {
        Pack<float, 4> sum = load_within(x, at, features);
        const Pack<float, 4> more = load_within(delta, at, features);
        for (unsigned index = 0; index < 4; ++index) sum.at[index] += more.at[index];
        if (at + 4 <= features) {
            store(x + at, sum);
        } else {
            for (unsigned index = 0; at + index < features; ++index) x[at + index] = sum.at[index];
        }
    }
}
