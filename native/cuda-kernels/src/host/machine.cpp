#include "machine.h"

#include <sys/mman.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sanitizer.h"

namespace conduit::host {
namespace {

// AddressSanitizer's frames are several times as large.
constexpr std::size_t kStackBytes = sanitizer::kEnabled ? 256 << 10 : 64 << 10;
constexpr std::size_t kGuardBytes = 16 << 10;
// How many turns between collectives a warp gets before another one has its chance, on average.
constexpr std::uint64_t kTurns = 16;

std::string text(const uint3& index) {
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "(%u, %u, %u)", index.x, index.y, index.z);
    return buffer;
}

std::string text(const Place& place) {
    const std::string_view path = place.where.file_name();
    const std::string file(path.substr(path.rfind('/') + 1));
    return std::string(place.what) + " (" + file + ":" + std::to_string(place.where.line()) + ")";
}

}  // namespace

__thread Machine* machine = nullptr;
__thread Thread* current = nullptr;

Machine::Machine() : threads_(new Thread[kMaxThreads]) {}

Machine::~Machine() {
    for (unsigned char* stack : stacks_) munmap(stack - kGuardBytes, kGuardBytes + kStackBytes);
}

void Machine::start_grid(const Kernel& kernel, const void* parameters, uint3 grid, uint3 block, std::size_t shared_bytes) {
    kernel_ = &kernel;
    parameters_ = parameters;
    grid_size = grid;
    block_size = block;
    dynamic_bytes_ = shared_bytes;
    thread_count_ = block.x * block.y * block.z;
    prepare_stacks(thread_count_);
}

void Machine::prepare_stacks(unsigned threads) {
    while (stacks_.size() < threads) {
        const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        void* memory = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE, kind, -1, 0);
        if (memory == MAP_FAILED) abort();
        auto* start = static_cast<unsigned char*>(memory);
        mprotect(start, kGuardBytes, PROT_NONE);
        stacks_.push_back(start + kGuardBytes);
    }
}

bool Machine::run_block(std::uint64_t block, std::uint64_t seed) {
    machine = this;
    random_state_ = (seed ^ (block + 1) * 0x9E3779B97F4A7C15u) | 1;
    const std::uint64_t row = block / grid_size.x;
    block_index = {unsigned(block % grid_size.x), unsigned(row % grid_size.y), unsigned(row / grid_size.y)};
    shared.start_block(dynamic_bytes_);
    has_failed_ = false;
    at_barrier_ = 0;
    arriving_ = {};
    live_threads_ = thread_count_;
    for (unsigned index = 0; index < thread_count_; ++index) {
        Thread& thread = threads_[index];
        thread.fiber.prepare(stacks_[index], kStackBytes, index, &Machine::thread_main);
        const unsigned line = index / block_size.x;
        thread.index = {index % block_size.x, line % block_size.y, line / block_size.y};
        thread.warp = index / kWarpLanes;
        thread.lane = index % kWarpLanes;
        thread.is_finished = false;
        thread.copies.clear();
        thread.committed_groups = 0;
    }
    const unsigned warps = (thread_count_ + kWarpLanes - 1) / kWarpLanes;
    for (unsigned warp = 0; warp < warps; ++warp) {
        const unsigned lanes = std::min(kWarpLanes, thread_count_ - warp * kWarpLanes);
        warps_[warp].lanes = lanes == kWarpLanes ? ~0u : (1u << lanes) - 1;
        warps_[warp].runnable = warps_[warp].lanes;
        warps_[warp].waiting = 0;
    }
    while (live_threads_ > 0 && !has_failed_) {
        std::uint32_t runnable = 0;
        for (unsigned warp = 0; warp < warps; ++warp) runnable |= std::uint32_t(warps_[warp].runnable != 0) << warp;
        if (runnable == 0) {
            report_stuck();
            break;
        }
        for (std::uint64_t skipped = random() % std::popcount(runnable); skipped > 0; --skipped) runnable &= runnable - 1;
        // Several turns at once, mostly: the stacks of one warp fit the fastest cache, those of all do not.
        const unsigned warp = std::countr_zero(runnable);
        do {
            run_warp(warp);
        } while (warps_[warp].runnable != 0 && !has_failed_ && random() % kTurns != 0);
    }
    // Frames of fibers that stopped midway leave their marks behind.
    if (has_failed_) {
        for (unsigned char* stack : stacks_) sanitizer::allow(stack, kStackBytes);
    }
    current = nullptr;
    return !has_failed_;
}

// Each runnable lane once, upwards or downwards, so that nothing may rely on an order within the warp either.
void Machine::run_warp(unsigned warp) {
    const bool is_downwards = random() & 1;
    std::uint32_t lanes = warps_[warp].runnable;
    while (lanes != 0 && !has_failed_) {
        const unsigned lane = is_downwards ? 31 - std::countl_zero(lanes) : std::countr_zero(lanes);
        lanes &= ~(1u << lane);
        current = &threads_[warp * kWarpLanes + lane];
        current->fiber.enter();
    }
}

void Machine::thread_main() {
    current->fiber.begin();
    machine->kernel_->body(machine->parameters_);
    current->is_finished = true;
    machine->warps_[current->warp].runnable &= ~(1u << current->lane);
    --machine->live_threads_;
    current->fiber.leave(true);
}

void Machine::give_way() { current->fiber.leave(false); }

void Machine::collective(std::uint32_t mask, Complete complete, void* operand, Place place) {
    Warp& warp = warps_[current->warp];
    const std::uint32_t own = 1u << current->lane;
    current->place = place;
    if ((mask & own) == 0) fault(text(place) + " with a mask that leaves the thread itself out");
    if ((mask & ~warp.lanes) != 0) fault(text(place) + " with a mask that names lanes beyond the end of the block");
    warp.masks[current->lane] = mask;
    warp.completes[current->lane] = complete;
    warp.operands[current->lane] = operand;
    warp.waiting |= own;
    if ((warp.waiting & mask) != mask) {
        warp.runnable &= ~own;
        give_way();
        return;
    }
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
        const bool is_other = warp.completes[lane] != complete || warp.masks[lane] != mask;
        if ((mask >> lane & 1) != 0 && is_other) {
            const Place& other = threads_[current->warp * kWarpLanes + lane].place;
            fault(text(place) + " while lane " + std::to_string(lane) + " is at " + text(other));
        }
    }
    complete(warp.operands, mask);
    warp.waiting &= ~mask;
    warp.runnable |= mask;
}

BlockVotes Machine::barrier(bool vote, Place place) {
    current->place = place;
    if (at_barrier_ == 0) barrier_place_ = place;
    const auto& first = barrier_place_.where;
    if (first.line() != place.where.line() || std::strcmp(first.file_name(), place.where.file_name()) != 0) {
        fault(text(place) + " while other threads of the block are at " + text(barrier_place_));
    }
    arriving_.count += vote;
    arriving_.any |= vote;
    arriving_.all &= vote;
    Warp& warp = warps_[current->warp];
    warp.runnable &= ~(1u << current->lane);
    if (++at_barrier_ < thread_count_) {
        give_way();
        return released_;
    }
    at_barrier_ = 0;
    released_ = arriving_;
    arriving_ = {};
    for (unsigned index = 0; index * kWarpLanes < thread_count_; ++index) warps_[index].runnable = warps_[index].lanes;
    return released_;
}

void Machine::fault(const std::string& what) {
    has_failed_ = true;
    message = "kernel " + std::string(kernel_->name) + ", block " + text(block_index) + ", thread " +
              text(current->index) + ": " + what;
    current->fiber.leave(true);
    __builtin_unreachable();
}

// No thread can go on: names the first that waits and the first that it may be waiting for.
void Machine::report_stuck() {
    has_failed_ = true;
    const Thread* waiting = nullptr;
    const Thread* finished = nullptr;
    const Thread* elsewhere = nullptr;
    for (unsigned index = 0; index < thread_count_; ++index) {
        const Thread& thread = threads_[index];
        if (thread.is_finished) {
            finished = finished == nullptr ? &thread : finished;
        } else if (waiting == nullptr) {
            waiting = &thread;
        } else if (elsewhere == nullptr && text(thread.place) != text(waiting->place)) {
            elsewhere = &thread;
        }
    }
    message = "kernel " + std::string(kernel_->name) + ", block " + text(block_index) + ", thread " +
              text(waiting->index) + " waits without end at " + text(waiting->place);
    if (elsewhere != nullptr) message += "; thread " + text(elsewhere->index) + " is at " + text(elsewhere->place);
    if (finished != nullptr) message += "; thread " + text(finished->index) + " has come to its end";
}

std::uint64_t Machine::random() {
    random_state_ ^= random_state_ << 13;
    random_state_ ^= random_state_ >> 7;
    random_state_ ^= random_state_ << 17;
    return random_state_ >> 11;
}

}  // namespace conduit::host
