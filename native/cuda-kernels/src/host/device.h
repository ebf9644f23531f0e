// What the CUDA compiler gives kernels, on the CPU.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include "atomics.h"
#include "collectives.h"
#include "intrinsics.h"
#include "machine.h"
#include "numbers.h"
#include "registry.h"
#include "vectors.h"

#define __device__
#define __host__
#define __constant__ const
#define __forceinline__ inline __attribute__((always_inline))

#define threadIdx (conduit::host::current->index)
#define blockIdx (conduit::host::machine->block_index)
#define blockDim (conduit::host::machine->block_size)
#define gridDim (conduit::host::machine->grid_size)

namespace conduit::host {

constexpr unsigned first_of(unsigned first, unsigned = 0) { return first; }

template <class T>
T& shared_array(const void* tag, const char* name) {
    void* start = machine->shared.array(tag, sizeof(T));
    if (start == nullptr) machine->fault(std::string("no shared memory left for ") + name);
    return *static_cast<T*>(start);
}

inline void expect_alignment(const void* address, std::size_t bytes, const char* what) {
    if (reinterpret_cast<std::uintptr_t>(address) % bytes != 0) {
        machine->fault(std::string(what) + " of " + std::to_string(bytes) + " bytes at an address that is " +
                       std::to_string(reinterpret_cast<std::uintptr_t>(address) % bytes) + " bytes past a multiple of it");
    }
}

inline void expect_shared(const void* address, std::size_t bytes, const char* what) {
    if (!machine->shared.holds(address, bytes)) machine->fault(std::string(what) + " outside the block's shared memory");
}

}  // namespace conduit::host

#define KERNEL(name, Params, ...)                                                                                   \
    static void name(const Params p);                                                                               \
    static const conduit::host::Registration name##_registration({                                                  \
        #name, sizeof(Params), conduit::host::first_of(__VA_ARGS__),                                                \
        [](const void* parameters) { name(*static_cast<const Params*>(parameters)); }});                            \
    static void name([[maybe_unused]] const Params p)

#define SHARED(name, ...)                                                                                           \
    static const char name##_tag = 0;                                                                               \
    auto& name = conduit::host::shared_array<std::type_identity_t<__VA_ARGS__>>(&name##_tag, #name)

#define DYNAMIC_SHARED(name) \
    unsigned char* const name = static_cast<unsigned char*>(conduit::host::machine->shared.dynamic())
