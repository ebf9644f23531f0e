use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conduit_backend::{BackendError, Budget, EXTENT_BYTES, Extent, KV_ADDRESS_UNIT, Memory, Result};
use memmap2::{MmapOptions, MmapRaw};

/// Extents that 32-bit addresses can tell apart.
const MOST_EXTENTS: u64 = (1 << 32) / (EXTENT_BYTES / KV_ADDRESS_UNIT) as u64;

/// The KV range: address space for the whole budget, of which the system provides the pages that were touched.
pub struct CpuMemory {
    range: MmapRaw,
    budget_bytes: u64,
    /// Bytes of weights that lie in copies; they count against the budget.
    copied_bytes: Arc<AtomicU64>,
    extents: Mutex<Extents>,
}

struct Extents {
    mapped: BTreeSet<u32>,
    /// Extents of the range that are not mapped, below `next`.
    returned: BTreeSet<u32>,
    next: u32,
}

impl CpuMemory {
    pub(crate) fn open(budget: Budget, copied_bytes: Arc<AtomicU64>) -> Result<Self> {
        let extents = (budget.bytes / EXTENT_BYTES as u64).min(MOST_EXTENTS);
        // A mapping cannot be empty.
        let bytes = extents.max(1) as usize * EXTENT_BYTES;
        let range = MmapOptions::new().len(bytes).no_reserve_swap().map_anon().map_err(|error| {
            BackendError::OutOfMemory {
                what: format!("the address range of the KV cache ({error})"),
                needed_bytes: bytes as u64,
                available_bytes: 0,
            }
        })?;
        Ok(Self {
            range: range.into(),
            budget_bytes: budget.bytes.min(MOST_EXTENTS * EXTENT_BYTES as u64),
            copied_bytes,
            extents: Mutex::new(Extents { mapped: BTreeSet::new(), returned: BTreeSet::new(), next: 0 }),
        })
    }

    /// Start of the range.
    pub(crate) fn start(&self) -> *mut u8 {
        self.range.as_mut_ptr()
    }

    /// Bytes of the range.
    pub(crate) fn bytes(&self) -> usize {
        self.range.len()
    }

    fn extents(&self) -> MutexGuard<'_, Extents> {
        self.extents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn free_bytes(&self, extents: &Extents) -> u64 {
        let taken = extents.mapped.len() as u64 * EXTENT_BYTES as u64;
        self.budget_bytes.saturating_sub(taken + self.copied_bytes.load(Ordering::Relaxed))
    }

    /// # Errors
    /// `OutOfMemory` where what was taken, these bytes of weights included, is more than the budget.
    pub(crate) fn check_not_overdrawn(&self, what: &str, needed_bytes: u64) -> Result<()> {
        let extents = self.extents();
        let taken = extents.mapped.len() as u64 * EXTENT_BYTES as u64;
        let before = (taken + self.copied_bytes.load(Ordering::Relaxed)).saturating_sub(needed_bytes);
        let available_bytes = self.budget_bytes.saturating_sub(before);
        if needed_bytes <= available_bytes {
            return Ok(());
        }
        Err(BackendError::OutOfMemory { what: what.into(), needed_bytes, available_bytes })
    }
}

impl Memory for CpuMemory {
    fn free_extents(&self) -> usize {
        (self.free_bytes(&self.extents()) / EXTENT_BYTES as u64) as usize
    }

    fn map(&self) -> Result<Extent> {
        let mut extents = self.extents();
        let available_bytes = self.free_bytes(&extents);
        if available_bytes < EXTENT_BYTES as u64 {
            let what = "an extent of the KV cache".into();
            return Err(BackendError::OutOfMemory {
                what,
                needed_bytes: EXTENT_BYTES as u64,
                available_bytes,
            });
        }
        let extent = extents.returned.pop_first().unwrap_or_else(|| {
            extents.next += 1;
            extents.next - 1
        });
        extents.mapped.insert(extent);
        Ok(Extent(extent))
    }

    fn unmap(&self, extent: Extent) {
        let mut extents = self.extents();
        if !extents.mapped.remove(&extent.0) {
            return;
        }
        #[cfg(unix)]
        {
            let offset = extent.0 as usize * EXTENT_BYTES;
            // Where the advice is refused the pages stay resident and are used again by the next `map`.
            // SAFETY: the pages are plain anonymous memory that is reached through raw pointers only; the caller vouches
            // that no step uses them, and their content is unspecified from here on.
            let _ = unsafe {
                self.range.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, offset, EXTENT_BYTES)
            };
        }
        extents.returned.insert(extent.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(extents: u64) -> (CpuMemory, Arc<AtomicU64>) {
        let copied_bytes = Arc::new(AtomicU64::new(0));
        let budget = Budget { bytes: extents * EXTENT_BYTES as u64 + 5 };
        (CpuMemory::open(budget, Arc::clone(&copied_bytes)).unwrap(), copied_bytes)
    }

    #[test]
    fn maps_up_to_the_budget_and_again_after_unmapping() {
        let (memory, _) = open(2);
        assert_eq!(memory.free_extents(), 2);
        let extents = [memory.map().unwrap(), memory.map().unwrap()];
        assert_eq!(extents, [Extent(0), Extent(1)]);
        assert_eq!(memory.map().unwrap_err().code(), "out_of_memory");
        memory.unmap(Extent(0));
        memory.unmap(Extent(0));
        assert_eq!(memory.free_extents(), 1);
        assert_eq!(memory.map().unwrap(), Extent(0));
    }

    #[test]
    fn unmapped_pages_go_back_to_the_system() {
        let (memory, _) = open(1);
        let extent = memory.map().unwrap();
        // SAFETY: the extent lies in the range, and no one else uses it.
        unsafe {
            memory.start().write_bytes(7, EXTENT_BYTES);
            memory.unmap(extent);
            assert_eq!(memory.start().read(), 0);
        }
    }

    #[test]
    fn copied_weights_count_against_the_budget() {
        let (memory, copied_bytes) = open(2);
        copied_bytes.store(5, Ordering::Relaxed);
        assert_eq!(memory.free_extents(), 2);
        copied_bytes.store(6, Ordering::Relaxed);
        assert_eq!(memory.free_extents(), 1);
        copied_bytes.store(u64::MAX / 2, Ordering::Relaxed);
        assert_eq!(memory.free_extents(), 0);
        assert!(memory.map().is_err());
    }

    #[test]
    fn weights_beyond_the_budget_are_refused() {
        let (memory, copied_bytes) = open(2);
        memory.map().unwrap();
        let room = EXTENT_BYTES as u64 + 5;
        copied_bytes.store(room, Ordering::Relaxed);
        memory.check_not_overdrawn("the weights", 10).unwrap();
        copied_bytes.store(room + 1, Ordering::Relaxed);
        let error = memory.check_not_overdrawn("the weights", 10).unwrap_err();
        assert_eq!(error.code(), "out_of_memory");
        assert!(error.to_string().contains("10 bytes needed for the weights, 9 available"), "{error}");
    }

    #[test]
    fn a_budget_below_one_extent_gives_none() {
        let (memory, _) = open(0);
        assert_eq!(memory.free_extents(), 0);
        assert!(memory.map().is_err());
    }
}
