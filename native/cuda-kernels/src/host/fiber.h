// One thread of a block: a stack of its own, and a switch that saves what the calling convention asks for and nothing else.
#pragma once

#include <cstddef>

namespace conduit::host {

class Fiber {
public:
    using Entry = void (*)();

    // `index` moves the start of the stack a little, as equal offsets of all stacks would share a few lines of the cache.
    void prepare(unsigned char* stack, std::size_t stack_bytes, std::size_t index, Entry entry);
    // From the scheduler into the fiber, until the fiber calls `leave`.
    void enter();
    // From the fiber back to the scheduler. A fiber that is `finished` is not entered again.
    void leave(bool finished);
    // Called first on a new stack.
    void begin();

private:
    void* stack_pointer_ = nullptr;
    void* scheduler_pointer_ = nullptr;
    unsigned char* stack_ = nullptr;
    std::size_t stack_bytes_ = 0;
    // What AddressSanitizer wants to know of both sides.
    void* own_fake_stack_ = nullptr;
    void* scheduler_fake_stack_ = nullptr;
    const void* scheduler_stack_ = nullptr;
    std::size_t scheduler_stack_bytes_ = 0;
};

}  // namespace conduit::host
