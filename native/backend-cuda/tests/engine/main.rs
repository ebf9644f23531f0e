//! The engine on a device made of this process: its kernels run on the CPU.

mod less_memory;
mod reloading;
mod soak;
mod support;
