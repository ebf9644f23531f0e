// One block at a time: its threads are fibers that give way at barriers and collectives alone, its warps advance in a random
// order that the seed fixes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "fiber.h"
#include "registry.h"
#include "shared-memory.h"
#include "vectors.h"

namespace conduit::host {

constexpr unsigned kWarpLanes = 32;
constexpr unsigned kMaxThreads = 1024;

struct Place {
    const char* what = nullptr;
    std::source_location where;
};

// A copy that a thread has asked for and not yet waited for.
struct PendingCopy {
    void* target;
    const void* source;
    std::size_t bytes;
    std::uint32_t group;
};

struct Thread {
    Fiber fiber;
    uint3 index;
    std::uint32_t warp = 0;
    std::uint32_t lane = 0;
    bool is_finished = false;
    Place place;
    std::vector<PendingCopy> copies;
    std::uint32_t committed_groups = 0;
};

// Runs once all lanes of a collective have arrived, with what each has brought.
using Complete = void (*)(void* const* operands, std::uint32_t mask);

struct Warp {
    std::uint32_t lanes = 0;
    std::uint32_t runnable = 0;
    std::uint32_t waiting = 0;
    std::uint32_t masks[kWarpLanes];
    Complete completes[kWarpLanes];
    void* operands[kWarpLanes];
};

struct BlockVotes {
    int count = 0;
    bool any = false;
    bool all = true;
};

class Machine {
public:
    Machine();
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    void start_grid(const Kernel& kernel, const void* parameters, uint3 grid, uint3 block, std::size_t shared_bytes);
    // Whether every thread of the block came to its end; `message` says why not.
    bool run_block(std::uint64_t block, std::uint64_t seed);

    // What the running thread calls.
    void collective(std::uint32_t mask, Complete complete, void* operand, Place place);
    BlockVotes barrier(bool vote, Place place);
    [[noreturn]] void fault(const std::string& what);

    uint3 grid_size{};
    uint3 block_size{};
    uint3 block_index{};
    SharedMemory shared;
    std::string message;

private:
    static void thread_main();
    void prepare_stacks(unsigned threads);
    void run_warp(unsigned warp);
    void give_way();
    void report_stuck();
    std::uint64_t random();

    const Kernel* kernel_ = nullptr;
    const void* parameters_ = nullptr;
    std::size_t dynamic_bytes_ = 0;
    unsigned thread_count_ = 0;
    unsigned live_threads_ = 0;
    unsigned at_barrier_ = 0;
    BlockVotes arriving_;
    BlockVotes released_;
    Place barrier_place_;
    bool has_failed_ = false;
    std::uint64_t random_state_ = 1;
    std::vector<unsigned char*> stacks_;
    std::unique_ptr<Thread[]> threads_;
    Warp warps_[kMaxThreads / kWarpLanes];
};

// Plain pointers in thread-local storage: kernels read them all the time.
extern __thread Machine* machine;
extern __thread Thread* current;

}  // namespace conduit::host
