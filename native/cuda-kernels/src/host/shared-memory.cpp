#include "shared-memory.h"

#include <cstdint>
#include <cstring>

#include "sanitizer.h"

namespace conduit::host {
namespace {

// Every byte of it: NaN in f32, f16 and bf16, and a number far out of any range as an integer.
constexpr int kPoison = 0xFF;
// Kept out of reach behind every array, where AddressSanitizer is on.
constexpr std::size_t kRedZoneBytes = sanitizer::kEnabled ? 256 : 0;
constexpr std::size_t kArenaBytes = SharedMemory::kMaxBytes + 64 * kRedZoneBytes;

}  // namespace

SharedMemory::SharedMemory() : memory_(new unsigned char[kArenaBytes + kAlignment]) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
    start_ = memory_.get() + (kAlignment - address % kAlignment) % kAlignment;
}

void SharedMemory::start_block(std::size_t dynamic_bytes) {
    arrays_.clear();
    used_ = 0;
    sanitizer::forbid(start_, kArenaBytes);
    if (dynamic_bytes > 0) take(dynamic_bytes);
}

void* SharedMemory::array(const void* tag, std::size_t bytes) {
    for (const Array& array : arrays_) {
        if (array.tag == tag) return array.start;
    }
    void* start = take(bytes);
    if (start != nullptr) arrays_.push_back({tag, start});
    return start;
}

void* SharedMemory::take(std::size_t bytes) {
    const std::size_t whole = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    if (used_ + whole > kArenaBytes - kRedZoneBytes) return nullptr;
    unsigned char* start = start_ + used_;
    used_ += whole + kRedZoneBytes;
    sanitizer::allow(start, bytes);
    std::memset(start, kPoison, bytes);
    return start;
}

bool SharedMemory::holds(const void* address, std::size_t bytes) const {
    const auto* first = static_cast<const unsigned char*>(address);
    return first >= start_ && first + bytes <= start_ + used_;
}

}  // namespace conduit::host
