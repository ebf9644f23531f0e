//! The backend on a device made of this process, beside the CPU backend, under memory pressure and with faults.

mod agreement;
mod faults;
mod memory;
mod overlap;
mod scripted;
mod step_memory;
mod tiny;
mod unsupported;
