// The bodies of `kernels/ptx.cuh` for the CPU.
#pragma once

#include <cstdint>
#include <cstring>
#include <source_location>

#include "device.h"

namespace conduit::host {

struct Mma {
    float* d;
    const std::uint32_t* a;
    const std::uint32_t* b;
};

template <class T>
float half_of(std::uint32_t pair, unsigned index) {
    const T value{std::uint16_t(pair >> 16 * index)};
    return to_float(value);
}

template <class T>
void complete_mma(void* const* operands, std::uint32_t) {
    float a[16][16];
    float b[16][8];
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
        const auto& own = *static_cast<const Mma*>(operands[lane]);
        const unsigned group = lane / 4;
        const unsigned pair = lane % 4 * 2;
        for (unsigned index = 0; index < 2; ++index) {
            for (unsigned part = 0; part < 4; ++part) {
                a[group + part % 2 * 8][pair + index + part / 2 * 8] = half_of<T>(own.a[part], index);
            }
            for (unsigned part = 0; part < 2; ++part) b[pair + index + part * 8][group] = half_of<T>(own.b[part], index);
        }
    }
    for (unsigned row = 0; row < 16; ++row) {
        float sums[8] = {};
        for (unsigned k = 0; k < 16; ++k) {
            for (unsigned column = 0; column < 8; ++column) sums[column] += a[row][k] * b[k][column];
        }
        for (unsigned column = 0; column < 8; ++column) {
            auto& owner = *static_cast<const Mma*>(operands[row % 8 * 4 + column / 2]);
            owner.d[row / 8 * 2 + column % 2] += sums[column];
        }
    }
}

struct MatrixLoad {
    std::uint32_t* registers;
    const void* row;
    unsigned count;
    bool is_transposed;
};

inline void complete_matrix_load(void* const* operands, std::uint32_t) {
    const auto& first = *static_cast<const MatrixLoad*>(operands[0]);
    for (unsigned matrix = 0; matrix < first.count; ++matrix) {
        std::uint16_t elements[8][8];
        for (unsigned row = 0; row < 8; ++row) {
            std::memcpy(elements[row], static_cast<const MatrixLoad*>(operands[matrix * 8 + row])->row, 16);
        }
        for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
            const unsigned group = lane / 4;
            const unsigned pair = lane % 4 * 2;
            const bool is_transposed = first.is_transposed;
            const std::uint32_t low = is_transposed ? elements[pair][group] : elements[group][pair];
            const std::uint32_t high = is_transposed ? elements[pair + 1][group] : elements[group][pair + 1];
            static_cast<const MatrixLoad*>(operands[lane])->registers[matrix] = low | high << 16;
        }
    }
}

inline void load_matrices(std::uint32_t* registers, const void* row, unsigned count, bool is_transposed, Place place) {
    // Lanes that give no row may hold any address.
    if (current->lane < 8 * count) {
        expect_alignment(row, 16, place.what);
        expect_shared(row, 16, place.what);
    }
    MatrixLoad operand{registers, row, count, is_transposed};
    machine->collective(~0u, &complete_matrix_load, &operand, place);
}

// Delivers the copies of all groups below `end`.
inline void deliver_copies(std::uint32_t end) {
    auto& copies = current->copies;
    std::size_t kept = 0;
    for (const PendingCopy& copy : copies) {
        if (copy.group >= end) {
            copies[kept++] = copy;
        } else if (copy.source == nullptr) {
            std::memset(copy.target, 0, copy.bytes);
        } else {
            std::memcpy(copy.target, copy.source, copy.bytes);
        }
    }
    copies.resize(kept);
}

}  // namespace conduit::host

template <class T>
void mma_m16n8k16(
    float (&d)[4],
    const std::uint32_t (&a)[4],
    const std::uint32_t (&b)[2],
    ConduitLocation where = ConduitLocation::current()) {
    conduit::host::Mma operand{d, a, b};
    conduit::host::machine->collective(~0u, &conduit::host::complete_mma<T>, &operand, {"mma_m16n8k16", where});
}

template <unsigned count>
void ldmatrix(std::uint32_t (&r)[count], const void* row, ConduitLocation where = ConduitLocation::current()) {
    static_assert(count == 1 || count == 2 || count == 4);
    conduit::host::load_matrices(r, row, count, false, {"ldmatrix", where});
}

template <unsigned count>
void ldmatrix_transposed(std::uint32_t (&r)[count], const void* row, ConduitLocation where = ConduitLocation::current()) {
    static_assert(count == 1 || count == 2 || count == 4);
    conduit::host::load_matrices(r, row, count, true, {"ldmatrix_transposed", where});
}

inline void copy_async_16(void* to, const void* from, bool valid = true) {
    conduit::host::expect_alignment(to, 16, "copy_async_16 to shared memory");
    conduit::host::expect_alignment(from, 16, "copy_async_16 from global memory");
    conduit::host::expect_shared(to, 16, "copy_async_16");
    // What is read before the wait is NaN.
    std::memset(to, 0xFF, 16);
    auto& thread = *conduit::host::current;
    thread.copies.push_back({to, valid ? from : nullptr, 16, thread.committed_groups});
}

inline void copy_async_commit() { ++conduit::host::current->committed_groups; }

template <unsigned pending>
void copy_async_wait() {
    const std::uint32_t committed = conduit::host::current->committed_groups;
    conduit::host::deliver_copies(committed > pending ? committed - pending : 0);
}

template <class P>
P load_streaming(const void* from) {
    static_assert(sizeof(P) == 16);
    return load<P>(from);
}
