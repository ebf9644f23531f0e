//! What weights that are packed into strips share: the memory, and threads that fill it.

use std::sync::Mutex;
use std::thread;

use conduit_backend::{BackendError, Result};
use memmap2::{MmapMut, MmapOptions};

/// Strips that a thread takes at once.
pub const STRIPS_AT_ONCE: usize = 8;

/// Memory in large pages where the system has them: a layer is read from end to end for every token.
///
/// # Errors
/// `OutOfMemory` where the system does not give it.
pub fn map(what: &str, bytes: usize) -> Result<MmapMut> {
    let memory = MmapOptions::new().len(bytes).map_anon().map_err(|error| BackendError::OutOfMemory {
        what: format!("{what} ({error})"),
        needed_bytes: bytes as u64,
        available_bytes: 0,
    })?;
    #[cfg(target_os = "linux")]
    {
        // A wish; small pages do as well.
        let _ = memory.advise(memmap2::Advice::HugePage);
    }
    Ok(memory)
}

/// Does all jobs, on so many threads. They are its own: the pool's have the steps of other models to work on.
pub fn share_out<T: Send>(jobs: impl Iterator<Item = T> + Send, threads: usize, work: impl Fn(T) + Sync) {
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().ok().and_then(|mut jobs| jobs.next());
    let work = || {
        while let Some(job) = next() {
            work(job);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where the system gives no thread, this one does all of it.
            let _ = thread::Builder::new().name("conduit-quantize".into()).spawn_scoped(scope, work);
        }
        work();
    });
}
