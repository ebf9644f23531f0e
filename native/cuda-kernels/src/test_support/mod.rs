//! What the kernels' tests share: memory as a device would have it, launches on the CPU or a GPU, comparisons.

mod buffer;
mod compare;
mod device;
mod gpu;
mod numbers;
mod place;

pub use buffer::Buffer;
pub use compare::{assert_close, tolerance};
pub use device::Device;
pub use numbers::{DTYPES, encoded, random, rounded};
