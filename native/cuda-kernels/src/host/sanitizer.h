// Calls to AddressSanitizer, where the build has it.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define CONDUIT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONDUIT_SANITIZED 1
#endif
#endif

#ifdef CONDUIT_SANITIZED
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace conduit::host::sanitizer {

#ifdef CONDUIT_SANITIZED
constexpr bool kEnabled = true;

inline void start_switch(void** fake_stack, const void* bottom, std::size_t bytes) {
    __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
}
inline void finish_switch(void* fake_stack, const void** bottom, std::size_t* bytes) {
    __sanitizer_finish_switch_fiber(fake_stack, bottom, bytes);
}
inline void forbid(const void* start, std::size_t bytes) { __asan_poison_memory_region(start, bytes); }
inline void allow(const void* start, std::size_t bytes) { __asan_unpoison_memory_region(start, bytes); }
#else
constexpr bool kEnabled = false;

inline void start_switch(void**, const void*, std::size_t) {}
inline void finish_switch(void*, const void**, std::size_t*) {}
inline void forbid(const void*, std::size_t) {}
inline void allow(const void*, std::size_t) {}
#endif

}  // namespace conduit::host::sanitizer
