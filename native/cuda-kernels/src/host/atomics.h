// Atomics in global and shared memory; blocks of a grid may run on several threads of the process.
#pragma once

#include <bit>
#include <cstdint>

namespace conduit::host {

template <class T, class Change>
T change(T* address, Change next) {
    T seen;
    __atomic_load(address, &seen, __ATOMIC_RELAXED);
    for (;;) {
        T wanted = next(seen);
        if (__atomic_compare_exchange(address, &seen, &wanted, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return seen;
    }
}

}  // namespace conduit::host

template <class T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
    return conduit::host::change(address, [value](T seen) { return T(seen + value); });
}
template <class T>
T atomicMax(T* address, std::type_identity_t<T> value) {
    return conduit::host::change(address, [value](T seen) { return seen < value ? value : seen; });
}
template <class T>
T atomicMin(T* address, std::type_identity_t<T> value) {
    return conduit::host::change(address, [value](T seen) { return value < seen ? value : seen; });
}
template <class T>
T atomicOr(T* address, std::type_identity_t<T> value) {
    return conduit::host::change(address, [value](T seen) { return T(seen | value); });
}
template <class T>
T atomicExch(T* address, std::type_identity_t<T> value) {
    return conduit::host::change(address, [value](T) { return value; });
}
template <class T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
    return conduit::host::change(address, [=](T seen) { return seen == expected ? value : seen; });
}
inline unsigned atomicInc(unsigned* address, unsigned last) {
    return conduit::host::change(address, [last](unsigned seen) { return seen >= last ? 0 : seen + 1; });
}

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
