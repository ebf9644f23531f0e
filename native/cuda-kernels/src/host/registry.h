// Kernels by name. Each registers itself before `main`.
#pragma once

#include <cstddef>
#include <string_view>

namespace conduit::host {

struct Kernel {
    const char* name;
    std::size_t parameter_bytes;
    unsigned max_threads;
    void (*body)(const void* parameters);
};

struct Registration {
    explicit Registration(const Kernel& kernel);
};

const Kernel* find_kernel(std::string_view name);

}  // namespace conduit::host
