// Barriers, shuffles and votes. Each notes where it stands, so that a thread that is missing can be named.
#pragma once

#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "machine.h"

namespace conduit::host {

template <class T>
struct Shuffle {
    T value;
    int source;
    T result;
};

template <class T>
void complete_shuffle(void* const* operands, std::uint32_t mask) {
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
        if ((mask >> lane & 1) == 0) continue;
        auto& own = *static_cast<Shuffle<T>*>(operands[lane]);
        // A lane that takes no part gives nothing that may be relied on.
        if ((mask >> own.source & 1) != 0) {
            own.result = static_cast<Shuffle<T>*>(operands[own.source])->value;
        } else {
            std::memset(static_cast<void*>(&own.result), 0xFF, sizeof(T));
        }
    }
}

template <class T>
T shuffle(std::uint32_t mask, T value, int source, Place place) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
    Shuffle<T> operand{value, source, value};
    machine->collective(mask, &complete_shuffle<T>, &operand, place);
    return operand.result;
}

struct Vote {
    bool predicate;
    std::uint32_t result;
};

inline void complete_vote(void* const* operands, std::uint32_t mask) {
    std::uint32_t ballot = 0;
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
        if ((mask >> lane & 1) != 0) ballot |= std::uint32_t(static_cast<Vote*>(operands[lane])->predicate) << lane;
    }
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
        if ((mask >> lane & 1) != 0) static_cast<Vote*>(operands[lane])->result = ballot;
    }
}

inline std::uint32_t ballot(std::uint32_t mask, bool predicate, Place place) {
    Vote vote{predicate, 0};
    machine->collective(mask, &complete_vote, &vote, place);
    return vote.result;
}

inline void complete_nothing(void* const*, std::uint32_t) {}

inline int lane() { return int(current->lane); }

}  // namespace conduit::host

using ConduitLocation = std::source_location;

inline void __syncthreads(ConduitLocation where = ConduitLocation::current()) {
    conduit::host::machine->barrier(false, {"__syncthreads", where});
}
inline int __syncthreads_or(int predicate, ConduitLocation where = ConduitLocation::current()) {
    return conduit::host::machine->barrier(predicate != 0, {"__syncthreads_or", where}).any;
}
inline int __syncthreads_and(int predicate, ConduitLocation where = ConduitLocation::current()) {
    return conduit::host::machine->barrier(predicate != 0, {"__syncthreads_and", where}).all;
}
inline int __syncthreads_count(int predicate, ConduitLocation where = ConduitLocation::current()) {
    return conduit::host::machine->barrier(predicate != 0, {"__syncthreads_count", where}).count;
}
inline void __syncwarp(unsigned mask = ~0u, ConduitLocation where = ConduitLocation::current()) {
    conduit::host::machine->collective(mask, &conduit::host::complete_nothing, nullptr, {"__syncwarp", where});
}

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, ConduitLocation where = ConduitLocation::current()) {
    const int first = conduit::host::lane() & -width;
    return conduit::host::shuffle(mask, value, first | (source & (width - 1)), {"__shfl_sync", where});
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32, ConduitLocation where = ConduitLocation::current()) {
    const int lane = conduit::host::lane();
    const int source = lane ^ bits;
    // Groups of lower lanes may be read, groups of higher lanes may not.
    const bool is_within = source < (lane & -width) + width;
    return conduit::host::shuffle(mask, value, is_within ? source : lane, {"__shfl_xor_sync", where});
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32, ConduitLocation where = ConduitLocation::current()) {
    const int lane = conduit::host::lane();
    const bool is_within = (lane & (width - 1)) + int(by) < width;
    return conduit::host::shuffle(mask, value, is_within ? lane + int(by) : lane, {"__shfl_down_sync", where});
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32, ConduitLocation where = ConduitLocation::current()) {
    const int lane = conduit::host::lane();
    const bool is_within = (lane & (width - 1)) >= int(by);
    return conduit::host::shuffle(mask, value, is_within ? lane - int(by) : lane, {"__shfl_up_sync", where});
}

inline unsigned __ballot_sync(unsigned mask, int predicate, ConduitLocation where = ConduitLocation::current()) {
    return conduit::host::ballot(mask, predicate != 0, {"__ballot_sync", where});
}
inline int __any_sync(unsigned mask, int predicate, ConduitLocation where = ConduitLocation::current()) {
    return conduit::host::ballot(mask, predicate != 0, {"__any_sync", where}) != 0;
}
inline int __all_sync(unsigned mask, int predicate, ConduitLocation where = ConduitLocation::current()) {
    return conduit::host::ballot(mask, predicate != 0, {"__all_sync", where}) == mask;
}
