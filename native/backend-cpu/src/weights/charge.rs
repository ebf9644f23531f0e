use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use conduit_backend::Result;

use crate::memory::CpuMemory;

/// What layers are charged to.
#[derive(Clone, Copy)]
pub(crate) struct Account<'a> {
    /// Bytes of weights that lie in copies.
    pub copied_bytes: &'a Arc<AtomicU64>,
    /// The memory that all models share, once it is open.
    pub memory: Option<&'a CpuMemory>,
}

impl Account<'_> {
    /// Takes bytes out of the budget for as long as the charge lives.
    ///
    /// # Errors
    /// `OutOfMemory` where the budget does not have them.
    pub fn charge(self, what: &str, bytes: u64) -> Result<Charge> {
        self.copied_bytes.fetch_add(bytes, Ordering::Relaxed);
        let charge = Charge { bytes, copied_bytes: Arc::clone(self.copied_bytes) };
        self.memory.map_or(Ok(()), |memory| memory.check_not_overdrawn(what, bytes))?;
        Ok(charge)
    }
}

pub(crate) struct Charge {
    pub bytes: u64,
    copied_bytes: Arc<AtomicU64>,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.copied_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
