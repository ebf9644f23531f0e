// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), with the key in the key words and the
// counter in the two low counter words: the CPU backend's numbers.
#pragma once

#include "../common/platform.cuh"

// 53 random bits, in the upper end of the word: a share of one, as a fraction of 2^64.
__device__ inline uint64_t random_share(uint64_t key, uint64_t counter) {
    uint32_t words[4] = {uint32_t(counter), uint32_t(counter >> 32), 0, 0};
    uint32_t keys[2] = {uint32_t(key), uint32_t(key >> 32)};
    for (unsigned round = 0; round < 10; ++round) {
        const uint32_t first_high = __umulhi(words[0], 0xD2511F53u);
        const uint32_t first_low = words[0] * 0xD2511F53u;
        const uint32_t second_high = __umulhi(words[2], 0xCD9E8D57u);
        const uint32_t second_low = words[2] * 0xCD9E8D57u;
        words[0] = second_high ^ words[1] ^ keys[0];
        words[1] = second_low;
        words[2] = first_high ^ words[3] ^ keys[1];
        words[3] = first_low;
        keys[0] += 0x9E3779B9u;
        keys[1] += 0xBB67AE85u;
    }
    const uint64_t bits = uint64_t(words[0]) << 32 | words[1];
    return bits >> 11 << 11;
}
