#include "registry.h"

#include <map>

namespace conduit::host {
namespace {

// Within a function, as registrations of other files may run first.
std::map<std::string_view, Kernel>& kernels() {
    static std::map<std::string_view, Kernel> all;
    return all;
}

}  // namespace

Registration::Registration(const Kernel& kernel) { kernels().emplace(kernel.name, kernel); }

const Kernel* find_kernel(std::string_view name) {
    const auto found = kernels().find(name);
    return found == kernels().end() ? nullptr : &found->second;
}

}  // namespace conduit::host
