use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;

use super::state::State;
use crate::driver::{DriverError, HostBuffer};

/// Bytes to which page-locked memory is aligned.
const ALIGNMENT: usize = 256;

/// Memory that stands for page-locked memory.
pub struct HostMemory {
    allocation: Arc<Allocation>,
    state: Arc<State>,
}

pub(super) struct Allocation {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the memory is reached through raw pointers only; who uses it sees to the order.
unsafe impl Send for Allocation {}
// SAFETY: as above.
unsafe impl Sync for Allocation {}

impl HostMemory {
    pub(super) fn new(bytes: usize, state: Arc<State>) -> Result<Self, DriverError> {
        let refused = || DriverError::OutOfMemory {
            what: "page-locked memory".into(),
            needed_bytes: bytes as u64,
            available_bytes: 0,
        };
        let layout = Layout::from_size_align(bytes.max(1), ALIGNMENT).map_err(|_| refused())?;
        // SAFETY: the layout has a size.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        // SAFETY: the memory is new and as large as the layout says.
        unsafe { start.write_bytes(0xFF, layout.size()) };
        Ok(Self { allocation: Arc::new(Allocation { start, layout }), state })
    }

    /// What a copy holds while it is enqueued.
    pub(super) fn share(&self) -> Arc<Allocation> {
        Arc::clone(&self.allocation)
    }
}

impl Allocation {
    pub fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub fn len(&self) -> usize {
        self.layout.size()
    }
}

impl HostBuffer for HostMemory {
    fn as_ptr(&self) -> *mut u8 {
        self.allocation.start()
    }

    fn len(&self) -> usize {
        self.allocation.len()
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        if Arc::strong_count(&self.allocation) > 1 {
            self.state.fail(DriverError::IllegalAddress(
                "page-locked memory was freed while a copy of it was enqueued".into(),
            ));
        }
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout; no copy holds it any more.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}
