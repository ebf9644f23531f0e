//! NVIDIA's driver, loaded at run time: one binary runs with and without it.

mod context;
mod devices;
mod driver;
mod error;
mod kernels;
mod memory;
mod open_error;
mod queue;

pub use devices::{devices, driver_version};
pub use driver::NvidiaDriver;
pub use memory::NvidiaHostBuffer;
pub use open_error::OpenError;
pub use queue::{NvidiaEvent, NvidiaStream};
