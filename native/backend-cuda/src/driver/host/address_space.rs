use std::collections::BTreeMap;
use std::ptr::{NonNull, null_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::{DriverError, DriverResult, MAP_GRANULARITY_BYTES, MemoryInfo};

/// What memory holds when it is mapped: NaN in every element type.
const POISON: u8 = 0xFF;

/// The device's addresses: those of this process, reserved without access. What is mapped can be read and written; a kernel
/// that touches anything else ends the process, there and then.
pub(super) struct AddressSpace {
    total_bytes: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reserved: Vec<Reservation>,
    /// Sizes by address.
    mapped: BTreeMap<u64, u64>,
    mapped_bytes: u64,
}

struct Reservation {
    /// What `mmap` gave, for `munmap`.
    start: NonNull<libc::c_void>,
    length: usize,
    /// First aligned address in it.
    address: u64,
    bytes: u64,
}

// SAFETY: a reservation is an address and a size; whoever holds it may unmap it from any thread.
unsafe impl Send for Reservation {}

impl AddressSpace {
    pub fn new(total_bytes: u64) -> Self {
        Self { total_bytes, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn info(&self) -> MemoryInfo {
        let free_bytes = self.total_bytes - self.state().mapped_bytes;
        MemoryInfo { free_bytes, total_bytes: self.total_bytes }
    }

    pub fn reserve(&self, bytes: u64) -> DriverResult<u64> {
        check_granularity("a reservation of", bytes)?;
        let refused = || DriverError::OutOfMemory {
            what: "an address range".into(),
            needed_bytes: bytes,
            available_bytes: 0,
        };
        let length = bytes.checked_add(MAP_GRANULARITY_BYTES).and_then(|bytes| usize::try_from(bytes).ok());
        let length = length.ok_or_else(refused)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the system's choice touches nothing that exists.
        let start = unsafe { libc::mmap(null_mut(), length, libc::PROT_NONE, flags, -1, 0) };
        let start = NonNull::new(start).filter(|start| start.as_ptr() != libc::MAP_FAILED);
        let start = start.ok_or_else(refused)?;
        let address = (start.as_ptr().addr() as u64).next_multiple_of(MAP_GRANULARITY_BYTES);
        self.state().reserved.push(Reservation { start, length, address, bytes });
        Ok(address)
    }

    pub fn map(&self, address: u64, bytes: u64) -> DriverResult<()> {
        check_granularity("a mapping at", address)?;
        check_granularity("a mapping of", bytes)?;
        let mut state = self.state();
        if !state.is_reserved(address, bytes) || state.overlaps(address, bytes) {
            let what = format!("a mapping of {bytes} bytes at {address:#x}, not reserved or mapped before");
            return Err(DriverError::Other(what));
        }
        let available_bytes = self.total_bytes - state.mapped_bytes;
        let refused =
            DriverError::OutOfMemory { what: "device memory".into(), needed_bytes: bytes, available_bytes };
        if bytes > available_bytes {
            return Err(refused);
        }
        let start = address as usize as *mut libc::c_void;
        // SAFETY: the range is reserved and nothing is mapped there, so that no one has a reference into it.
        unsafe {
            if libc::mprotect(start, bytes as usize, libc::PROT_READ | libc::PROT_WRITE) != 0 {
                return Err(refused);
            }
            start.cast::<u8>().write_bytes(POISON, bytes as usize);
        }
        state.mapped.insert(address, bytes);
        state.mapped_bytes += bytes;
        Ok(())
    }

    /// # Safety
    /// Nothing uses the memory.
    pub unsafe fn unmap(&self, address: u64, bytes: u64) -> DriverResult<()> {
        let mut state = self.state();
        if state.mapped.get(&address) != Some(&bytes) {
            let what = format!("unmapping {bytes} bytes at {address:#x}, which were not mapped together");
            return Err(DriverError::Other(what));
        }
        let start = address as usize as *mut libc::c_void;
        // SAFETY: the caller vouches that nothing uses the range. The system keeps its addresses for us.
        unsafe {
            libc::madvise(start, bytes as usize, libc::MADV_DONTNEED);
            libc::mprotect(start, bytes as usize, libc::PROT_NONE);
        }
        state.mapped.remove(&address);
        state.mapped_bytes -= bytes;
        Ok(())
    }

    /// Whether all of a range is mapped.
    pub fn is_mapped(&self, address: u64, bytes: u64) -> bool {
        let state = self.state();
        let Some(end) = address.checked_add(bytes) else {
            return false;
        };
        let mut next = address;
        while next < end {
            match state.mapped.range(..=next).next_back() {
                Some((start, size)) if start + size > next => next = start + size,
                _ => return false,
            }
        }
        true
    }
}

impl State {
    fn is_reserved(&self, address: u64, bytes: u64) -> bool {
        self.reserved.iter().any(|reservation| {
            address >= reservation.address
                && address
                    .checked_add(bytes)
                    .is_some_and(|end| end <= reservation.address + reservation.bytes)
        })
    }

    fn overlaps(&self, address: u64, bytes: u64) -> bool {
        let before = self.mapped.range(..address + bytes).next_back();
        before.is_some_and(|(start, size)| start + size > address)
    }
}

impl Drop for AddressSpace {
    fn drop(&mut self) {
        for reservation in &self.state().reserved {
            // SAFETY: the streams have ended, and with them everything that used the addresses.
            unsafe { libc::munmap(reservation.start.as_ptr(), reservation.length) };
        }
    }
}

fn check_granularity(what: &str, value: u64) -> DriverResult<()> {
    if value > 0 && value.is_multiple_of(MAP_GRANULARITY_BYTES) {
        return Ok(());
    }
    Err(DriverError::Other(format!("{what} {value:#x}, which is no multiple of {MAP_GRANULARITY_BYTES:#x}")))
}
