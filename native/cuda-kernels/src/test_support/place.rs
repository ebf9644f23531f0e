use std::env;
use std::sync::OnceLock;

use bytemuck::Pod;

use super::Buffer;
use super::gpu::Gpu;
use crate::Launch;
use crate::host::{self, HostFault};

/// Environment variable: `cuda:N` runs the launches of all tests on that GPU.
const PLACE_VARIABLE: &str = "CONDUIT_KERNELS_ON";

/// Where the launches of tests run.
pub enum Place {
    /// On the CPU, as a device of some size.
    Host,
    Gpu(Gpu),
}

/// The place that the environment names; the CPU where it names none.
///
/// # Panics
/// Where it names something else, or a GPU that cannot be used.
pub fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| match env::var(PLACE_VARIABLE) {
        Err(_) => Place::Host,
        Ok(name) => {
            let index = name.strip_prefix("cuda:").and_then(|index| index.parse().ok());
            let index = index.unwrap_or_else(|| panic!("{PLACE_VARIABLE}: expected cuda:N, got {name:?}"));
            Place::Gpu(Gpu::open(index).unwrap_or_else(|error| panic!("{name}: {error}")))
        }
    })
}

impl Place {
    pub fn multiprocessors(&self) -> u32 {
        match self {
            Self::Host => 108,
            Self::Gpu(gpu) => gpu.multiprocessors,
        }
    }

    pub fn shared_bytes_per_block(&self) -> u32 {
        match self {
            Self::Host => 163 << 10,
            Self::Gpu(gpu) => gpu.shared_bytes_per_block,
        }
    }

    /// Runs a launch to its end; `seed` decides the order of blocks and warps on the CPU.
    ///
    /// # Safety
    /// The addresses in the launch's parameters are those of `memories`, and valid for what the kernel does with them.
    pub unsafe fn run(&self, launch: &Launch, memories: &mut [Memory], seed: u64) -> Result<(), HostFault> {
        match self {
            // SAFETY: the caller's.
            Self::Host => unsafe { host::run(launch, seed) },
            Self::Gpu(gpu) => {
                let mut run = || {
                    for memory in memories.iter_mut().filter(|memory| memory.is_changed) {
                        gpu.write(memory.address, memory.mirror.as_slice())?;
                        memory.is_changed = false;
                    }
                    // SAFETY: the caller's.
                    unsafe { gpu.launch(launch) }?;
                    memories
                        .iter_mut()
                        .try_for_each(|memory| gpu.read(memory.mirror.as_mut_slice(), memory.address))
                };
                run().map_err(HostFault)
            }
        }
    }
}

/// Memory of the place, and what this process knows of it.
pub struct Memory {
    address: u64,
    mirror: Buffer,
    is_changed: bool,
}

impl Memory {
    /// Memory that nothing has written, as NaN patterns.
    pub fn new(bytes: usize) -> Self {
        let mirror = Buffer::new(bytes);
        let address = match place() {
            Place::Host => mirror.address(),
            Place::Gpu(gpu) => gpu.allocate(bytes.max(1)).unwrap_or_else(|error| panic!("{error}")),
        };
        Self { address, mirror, is_changed: true }
    }

    /// Address at the place.
    pub fn address(&self) -> u64 {
        self.address
    }

    pub fn as_slice<T: Pod>(&self) -> &[T] {
        self.mirror.as_slice()
    }

    pub fn as_mut_slice<T: Pod>(&mut self) -> &mut [T] {
        self.is_changed = true;
        self.mirror.as_mut_slice()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Place::Gpu(gpu) = place() {
            gpu.free(self.address);
        }
    }
}
