use std::collections::BTreeSet;
use std::sync::Mutex;

use conduit_backend::{BackendError, EXTENT_BYTES, Extent, Memory, Result};

/// Extents handed out by number, lowest first; nothing lies behind them.
pub struct FakeMemory {
    extents: usize,
    mapped: Mutex<Mapped>,
}

#[derive(Default)]
struct Mapped {
    now: BTreeSet<Extent>,
    /// Grows with each [`Memory::map`], so that content of an earlier mapping is not taken for this one's.
    generation: u64,
    generations: std::collections::BTreeMap<Extent, u64>,
}

impl FakeMemory {
    pub(super) fn new(extents: usize) -> Self {
        Self { extents, mapped: Mutex::default() }
    }

    /// Extents taken and not given back.
    pub fn mapped_extents(&self) -> usize {
        self.lock().now.len()
    }

    /// Which mapping of the extent this is; `None` where it is not mapped.
    pub(super) fn generation(&self, extent: Extent) -> Option<u64> {
        let mapped = self.lock();
        mapped.now.contains(&extent).then(|| mapped.generations.get(&extent).copied().unwrap_or_default())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Mapped> {
        self.mapped.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Memory for FakeMemory {
    fn free_extents(&self) -> usize {
        self.extents - self.mapped_extents()
    }

    fn map(&self) -> Result<Extent> {
        let mut mapped = self.lock();
        let free = (0..self.extents as u32).map(Extent).find(|extent| !mapped.now.contains(extent));
        let extent = free.ok_or_else(|| BackendError::OutOfMemory {
            what: "an extent".to_owned(),
            needed_bytes: EXTENT_BYTES as u64,
            available_bytes: 0,
        })?;
        mapped.now.insert(extent);
        mapped.generation += 1;
        let generation = mapped.generation;
        mapped.generations.insert(extent, generation);
        Ok(extent)
    }

    fn unmap(&self, extent: Extent) {
        assert!(self.lock().now.remove(&extent), "extent {extent:?} was given back twice");
    }
}
