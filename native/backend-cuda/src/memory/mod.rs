//! The memory that models share: one budget of extents, from which both weights and KV caches take.
//!
//! Two ranges of addresses are reserved once, each as large as the device or more. KV extents are mapped one by one, at the
//! engine's demand; the weights' range is mapped where something lies in it, and an extent goes back with the last weight in
//! it. Both count against the budget, whichever comes first.

mod arena;
mod kv_extents;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conduit_backend::{BackendError, Budget, EXTENT_BYTES, Extent, KV_ADDRESS_UNIT, Memory, Result};

use crate::device::Device;
use crate::driver::Driver;
use arena::{Arena, Fit};
use kv_extents::KvExtents;

/// Extents that 32-bit addresses can tell apart.
const MOST_EXTENTS: u64 = (1 << 32) / (EXTENT_BYTES / KV_ADDRESS_UNIT) as u64;

const EXTENT: u64 = EXTENT_BYTES as u64;

/// The budget's memory on one device.
pub(crate) struct Pool<D: Driver> {
    device: Arc<Device<D>>,
    /// Extents that the device has in all, and each range holds at least.
    device_extents: u64,
    kv_address: u64,
    weights_address: u64,
    state: Mutex<State>,
}

struct State {
    /// `None` before the budget is known: weights are counted, but not refused.
    budget_extents: Option<u64>,
    kv: KvExtents,
    weights: Arena,
}

impl State {
    fn taken(&self) -> u64 {
        (self.kv.count() + self.weights.extents()) as u64
    }

    fn free(&self) -> u64 {
        self.budget_extents.unwrap_or(u64::MAX).saturating_sub(self.taken())
    }
}

impl<D: Driver> Pool<D> {
    pub fn new(device: &Arc<Device<D>>) -> Result<Self> {
        let total_bytes = device.call(|driver| driver.memory_info())?.total_bytes;
        let device_extents = total_bytes.div_ceil(EXTENT).clamp(1, MOST_EXTENTS);
        // Twice the device, so that gaps between weights that have gone are no reason to refuse others.
        let weights_bytes = 2 * device_extents * EXTENT;
        Ok(Self {
            device: Arc::clone(device),
            device_extents,
            kv_address: device.call(|driver| driver.reserve(device_extents * EXTENT))?,
            weights_address: device.call(|driver| driver.reserve(weights_bytes))?,
            state: Mutex::new(State {
                budget_extents: None,
                kv: KvExtents::default(),
                weights: Arena::new(weights_bytes),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the budget.
    ///
    /// # Errors
    /// `InvalidInput` where it is set already.
    pub fn open(&self, budget: Budget) -> Result<()> {
        let mut state = self.state();
        if state.budget_extents.is_some() {
            return Err(BackendError::InvalidInput("the memory was opened before".into()));
        }
        state.budget_extents = Some((budget.bytes / EXTENT).min(self.device_extents));
        Ok(())
    }

    /// First address of the KV range.
    pub fn kv_address(&self) -> u64 {
        self.kv_address
    }

    /// Bytes of the KV range that may ever be mapped, once the budget is known.
    pub fn kv_bytes(&self) -> Option<usize> {
        self.state().budget_extents.map(|extents| (extents * EXTENT) as usize)
    }

    /// Extents that hold weights, and extents of KV.
    pub fn extents(&self) -> (usize, usize) {
        let state = self.state();
        (state.weights.extents(), state.kv.count())
    }

    /// Memory for weights, aligned to 256 bytes; its content is unspecified.
    ///
    /// # Errors
    /// `OutOfMemory`, naming `what`, and nothing is changed.
    pub fn allocate(self: &Arc<Self>, what: &str, bytes: u64) -> Result<Allocation<D>> {
        let mut state = self.state();
        let refused = |available_bytes| BackendError::OutOfMemory {
            what: what.into(),
            needed_bytes: bytes,
            available_bytes,
        };
        let free = state.free();
        let fit = state.weights.find(bytes).filter(|fit| fit.missing.len() as u64 <= free);
        let fit = fit.ok_or_else(|| refused(free.saturating_mul(EXTENT)))?;
        self.map_weights(&fit).map_err(|error| match error {
            BackendError::OutOfMemory { available_bytes, .. } => refused(available_bytes),
            error => error,
        })?;
        state.weights.take(&fit);
        Ok(Allocation { pool: Arc::clone(self), offset: fit.offset })
    }

    /// Maps the extents that are missing, all or none.
    fn map_weights(&self, fit: &Fit) -> Result<()> {
        for (index, extent) in fit.missing.iter().enumerate() {
            let address = self.weights_extent(*extent);
            if let Err(error) = self.device.call(|driver| driver.map(address, EXTENT)) {
                for extent in &fit.missing[..index] {
                    self.unmap_at(self.weights_extent(*extent));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn weights_extent(&self, extent: u32) -> u64 {
        self.weights_address + u64::from(extent) * EXTENT
    }

    fn kv_extent(&self, extent: u32) -> u64 {
        self.kv_address + u64::from(extent) * EXTENT
    }

    /// Unmaps an extent that nothing uses any more: no step in flight holds the weight, nor reads the KV.
    fn unmap_at(&self, address: u64) {
        // A device that cannot unmap has failed, and its memory goes with its context.
        // SAFETY: steps in flight hold the weights that they use, and `Memory::unmap` asks the same of KV.
        let _ = unsafe { self.device.driver().unmap(address, EXTENT) };
    }

    fn release(&self, offset: u64) {
        let mut state = self.state();
        for extent in state.weights.release(offset) {
            self.unmap_at(self.weights_extent(extent));
        }
    }
}

impl<D: Driver> Memory for Pool<D> {
    fn free_extents(&self) -> usize {
        self.state().free().min(self.device_extents) as usize
    }

    fn map(&self) -> Result<Extent> {
        let mut state = self.state();
        let refused = |available_bytes| BackendError::OutOfMemory {
            what: "an extent of the KV cache".into(),
            needed_bytes: EXTENT,
            available_bytes,
        };
        if state.free() == 0 {
            return Err(refused(0));
        }
        let extent = state.kv.lowest_free();
        let address = self.kv_extent(extent);
        self.device.call(|driver| driver.map(address, EXTENT)).map_err(|error| match error {
            BackendError::OutOfMemory { available_bytes, .. } => refused(available_bytes),
            error => error,
        })?;
        state.kv.insert(extent);
        Ok(Extent(extent))
    }

    fn unmap(&self, extent: Extent) {
        let mut state = self.state();
        if state.kv.remove(extent.0) {
            self.unmap_at(self.kv_extent(extent.0));
        }
    }
}

impl<D: Driver> Drop for Pool<D> {
    fn drop(&mut self) {
        let mapped: Vec<_> = self.state().kv.iter().collect();
        for extent in mapped {
            self.unmap_at(self.kv_extent(extent));
        }
    }
}

/// Memory of weights; given back when dropped.
pub(crate) struct Allocation<D: Driver> {
    pool: Arc<Pool<D>>,
    offset: u64,
}

impl<D: Driver> Allocation<D> {
    pub fn address(&self) -> u64 {
        self.pool.weights_address + self.offset
    }
}

impl<D: Driver> Drop for Allocation<D> {
    fn drop(&mut self) {
        self.pool.release(self.offset);
    }
}
