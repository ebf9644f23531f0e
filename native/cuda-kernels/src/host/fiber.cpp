#include "fiber.h"

#include <cstdint>

#include "sanitizer.h"

extern "C" void conduit_switch_stack(void** saved, void* loaded);

#if defined(__APPLE__)
#define SYMBOL(name) "_" name
#else
#define SYMBOL(name) name
#endif

#if defined(__x86_64__)
constexpr std::size_t kSavedWords = 6;
asm(".text\n"
    ".globl " SYMBOL("conduit_switch_stack") "\n" SYMBOL("conduit_switch_stack") ":\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
    "  ret\n");
#elif defined(__aarch64__)
asm(".text\n.p2align 2\n"
    ".globl " SYMBOL("conduit_switch_stack") "\n" SYMBOL("conduit_switch_stack") ":\n"
    "  sub sp, sp, #160\n"
    "  stp x19, x20, [sp, #0]\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
    "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
    "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n"
    "  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
    "  mov x9, sp\n  str x9, [x0]\n  mov sp, x1\n"
    "  ldp x19, x20, [sp, #0]\n  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n"
    "  ldp x25, x26, [sp, #48]\n  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n"
    "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n"
    "  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
    "  add sp, sp, #160\n"
    "  ret\n");
#else
#error "kernels run on the CPU of x86-64 and aarch64 machines; this one needs its own conduit_switch_stack"
#endif

namespace conduit::host {

void Fiber::prepare(unsigned char* stack, std::size_t stack_bytes, std::size_t index, Entry entry) {
    stack_ = stack;
    stack_bytes_ = stack_bytes;
    own_fake_stack_ = nullptr;
    const std::size_t offset = index % 16 * 256;
    auto** top = reinterpret_cast<void**>(stack + stack_bytes - offset);
#if defined(__x86_64__)
    // `ret` pops the entry and leaves the stack as after a call: 8 bytes off a multiple of 16.
    top -= kSavedWords + 2;
    for (std::size_t word = 0; word < kSavedWords; ++word) top[word] = nullptr;
    top[kSavedWords] = reinterpret_cast<void*>(entry);
    top[kSavedWords + 1] = nullptr;
#elif defined(__aarch64__)
    top -= 20;
    for (std::size_t word = 0; word < 20; ++word) top[word] = nullptr;
    top[11] = reinterpret_cast<void*>(entry);
#endif
    stack_pointer_ = top;
}

void Fiber::begin() {
    sanitizer::finish_switch(nullptr, &scheduler_stack_, &scheduler_stack_bytes_);
}

void Fiber::enter() {
    sanitizer::start_switch(&scheduler_fake_stack_, stack_, stack_bytes_);
    conduit_switch_stack(&scheduler_pointer_, stack_pointer_);
    sanitizer::finish_switch(scheduler_fake_stack_, nullptr, nullptr);
}

void Fiber::leave(bool finished) {
    sanitizer::start_switch(finished ? nullptr : &own_fake_stack_, scheduler_stack_, scheduler_stack_bytes_);
    conduit_switch_stack(&stack_pointer_, scheduler_pointer_);
    sanitizer::finish_switch(own_fake_stack_, &scheduler_stack_, &scheduler_stack_bytes_);
}

}  // namespace conduit::host
