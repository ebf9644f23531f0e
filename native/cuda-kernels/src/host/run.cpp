// The door for Rust: runs the blocks of one launch that no other caller has taken.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <numeric>
#include <vector>

#include "machine.h"

namespace conduit::host {
namespace {

struct Request {
    const char* kernel;
    std::size_t kernel_bytes;
    std::uint32_t grid[3];
    std::uint32_t block[3];
    std::uint64_t shared_bytes;
    const void* parameters;
    std::uint64_t parameter_bytes;
    std::uint64_t seed;
    // Blocks that callers have taken so far.
    std::uint64_t* next_block;
    char* message;
    std::size_t message_bytes;
};

// Machines keep their stacks from one launch to the next.
std::mutex idle_lock;
std::vector<std::unique_ptr<Machine>> idle_machines;

std::unique_ptr<Machine> take_machine() {
    const std::lock_guard guard(idle_lock);
    if (idle_machines.empty()) return std::make_unique<Machine>();
    auto taken = std::move(idle_machines.back());
    idle_machines.pop_back();
    return taken;
}

void give_back(std::unique_ptr<Machine> machine) {
    const std::lock_guard guard(idle_lock);
    idle_machines.push_back(std::move(machine));
}

std::string refusal(const Request& request, const std::string& name, const Kernel* kernel) {
    if (kernel == nullptr) return "there is no kernel " + name;
    const std::uint64_t threads = std::uint64_t(request.block[0]) * request.block[1] * request.block[2];
    if (threads == 0 || threads > kernel->max_threads || threads > kMaxThreads) {
        return "kernel " + name + " takes blocks of 1 to " + std::to_string(kernel->max_threads) + " threads, not " +
               std::to_string(threads);
    }
    if (request.parameter_bytes != kernel->parameter_bytes) {
        return "kernel " + name + " takes " + std::to_string(kernel->parameter_bytes) + " bytes of parameters, not " +
               std::to_string(request.parameter_bytes);
    }
    if (request.shared_bytes > SharedMemory::kMaxBytes) {
        return "kernel " + name + " asks for " + std::to_string(request.shared_bytes) + " bytes of shared memory; " +
               std::to_string(SharedMemory::kMaxBytes) + " is the most";
    }
    return {};
}

std::uint64_t coprime(std::uint64_t wanted, std::uint64_t to) {
    while (std::gcd(wanted, to) != 1) ++wanted;
    return wanted;
}

std::string run(const Request& request) {
    const std::string name(request.kernel, request.kernel_bytes);
    const Kernel* kernel = find_kernel(name);
    if (auto message = refusal(request, name, kernel); !message.empty()) return message;
    const uint3 grid{request.grid[0], request.grid[1], request.grid[2]};
    const uint3 block{request.block[0], request.block[1], request.block[2]};
    const std::uint64_t blocks = std::uint64_t(grid.x) * grid.y * grid.z;
    // Blocks come in an order of their own, as no kernel may rely on one.
    const std::uint64_t stride = coprime(request.seed % 1021 + 1, std::max<std::uint64_t>(blocks, 1));
    auto machine = take_machine();
    machine->start_grid(*kernel, request.parameters, grid, block, request.shared_bytes);
    std::string message;
    for (;;) {
        const std::uint64_t turn = __atomic_fetch_add(request.next_block, 1, __ATOMIC_RELAXED);
        if (turn >= blocks) break;
        if (!machine->run_block(turn * stride % blocks, request.seed)) {
            message = machine->message;
            __atomic_store_n(request.next_block, blocks, __ATOMIC_RELAXED);
            break;
        }
    }
    give_back(std::move(machine));
    return message;
}

}  // namespace
}  // namespace conduit::host

// Bytes of the message; 0 where all went well.
extern "C" std::size_t conduit_host_run(const conduit::host::Request* request) {
    const std::string message = conduit::host::run(*request);
    const std::size_t bytes = std::min(message.size(), request->message_bytes);
    std::memcpy(request->message, message.data(), bytes);
    return bytes;
}
