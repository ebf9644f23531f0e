// The shared memory of one block: the dynamic part first, then each static array as it is first named.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace conduit::host {

class SharedMemory {
public:
    // What a block may have on the smallest of the supported data-centre devices (sm_80: 163 KiB; sm_90: 227 KiB).
    static constexpr std::size_t kMaxBytes = 227 << 10;
    static constexpr std::size_t kAlignment = 128;

    SharedMemory();
    // Forgets the block before and fills the dynamic part with NaN patterns.
    void start_block(std::size_t dynamic_bytes);
    // The array that `tag` stands for, filled with NaN patterns when it is first named; null where there is no room.
    void* array(const void* tag, std::size_t bytes);
    void* dynamic() { return start_; }
    bool holds(const void* address, std::size_t bytes) const;

private:
    struct Array {
        const void* tag;
        void* start;
    };
    void* take(std::size_t bytes);

    std::unique_ptr<unsigned char[]> memory_;
    unsigned char* start_;
    std::size_t used_ = 0;
    std::vector<Array> arrays_;
};

}  // namespace conduit::host
