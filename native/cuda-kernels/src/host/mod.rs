//! Launches on the CPU: the kernels' own sources, compiled for it.
//!
//! Blocks come in an order that the seed decides and may run side by side; the threads of a block are fibers that give way at
//! barriers and collectives alone, its warps advance in random order. Shared memory starts as NaN patterns, what `cp.async`
//! copies is NaN until it is waited for, and vector accesses check their alignment.

use std::sync::atomic::AtomicU64;
use std::thread;

use crate::Launch;

#[cfg(test)]
mod tests;

/// Why a launch did not come to its end: kernel, block, thread, and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFault(pub String);

impl std::fmt::Display for HostFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for HostFault {}

/// Mirrors `Request` in `run.cpp`.
#[repr(C)]
struct Request {
    kernel: *const u8,
    kernel_bytes: usize,
    grid: [u32; 3],
    block: [u32; 3],
    shared_bytes: u64,
    parameters: *const u8,
    parameter_bytes: u64,
    seed: u64,
    next_block: *const AtomicU64,
    message: *mut u8,
    message_bytes: usize,
}

unsafe extern "C" {
    fn conduit_host_run(request: *const Request) -> usize;
}

const MESSAGE_BYTES: usize = 1 << 10;

/// Threads of a grid from which on it is shared between threads of this process.
const SHARED_GRID_THREADS: u64 = 4096;

/// Runs a launch to its end; `seed` decides the order of blocks and warps, on which no kernel may rely.
///
/// # Errors
/// A thread that waits at a barrier or collective which others never reach, an access at a wrong alignment, shared memory that
/// does not suffice, a kernel that does not exist or takes other parameters. Other blocks may have run or not.
///
/// # Safety
/// The addresses in the launch's parameters are valid in this process for what the kernel does with them.
pub unsafe fn run(launch: &Launch, seed: u64) -> Result<(), HostFault> {
    let next_block = AtomicU64::new(0);
    let blocks: u64 = launch.grid.iter().map(|count| u64::from(*count)).product();
    let threads: u64 = blocks * launch.block.iter().map(|count| u64::from(*count)).product::<u64>();
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let helpers = if threads < SHARED_GRID_THREADS { 0 } else { cores.min(blocks).saturating_sub(1) };
    thread::scope(|scope| {
        let share = || {
            // SAFETY: as the caller's.
            unsafe { run_share(launch, seed, &next_block) }
        };
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(share)).collect();
        let own = share();
        helpers.into_iter().fold(own, |result, helper| {
            result.and(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    })
}

/// Runs blocks of the launch until none is left.
///
/// # Safety
/// As [`run`].
unsafe fn run_share(launch: &Launch, seed: u64, next_block: &AtomicU64) -> Result<(), HostFault> {
    let mut message = [0; MESSAGE_BYTES];
    let parameters = launch.params.as_bytes();
    let request = Request {
        kernel: launch.kernel.as_ptr(),
        kernel_bytes: launch.kernel.len(),
        grid: launch.grid,
        block: launch.block,
        shared_bytes: launch.shared_bytes.into(),
        parameters: parameters.as_ptr(),
        parameter_bytes: parameters.len() as u64,
        seed,
        next_block,
        message: message.as_mut_ptr(),
        message_bytes: message.len(),
    };
    // SAFETY: all pointers live as long as the call; the rest is the caller's.
    match unsafe { conduit_host_run(&request) } {
        0 => Ok(()),
        bytes => Err(HostFault(String::from_utf8_lossy(&message[..bytes]).into_owned())),
    }
}
