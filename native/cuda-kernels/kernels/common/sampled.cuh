// What sampling gives for a row. Mirrors `SampledToken` in `src/sampling/`.
#pragma once

#include "platform.cuh"

struct SampledToken {
    // 0 where there is none, so that a step which is already enqueued finds an id it can look up.
    uint32_t token;
    // 1 where the row's mask allows a token, else 0.
    uint32_t is_allowed;
};
static_assert(sizeof(SampledToken) == 8);
