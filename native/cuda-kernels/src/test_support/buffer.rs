use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

use bytemuck::Pod;

use crate::ALIGNMENT_BYTES;

/// Every byte that nothing has written: NaN in all types of elements.
const POISON: u8 = 0xFF;

/// Memory aligned as a device's, of exactly the bytes asked for, so that AddressSanitizer sees what goes past its end.
pub struct Buffer {
    start: *mut u8,
    layout: Layout,
}

impl Buffer {
    pub fn new(bytes: usize) -> Self {
        let layout = Layout::from_size_align(bytes.max(1), ALIGNMENT_BYTES as usize).unwrap();
        // SAFETY: the layout has a size.
        let start = unsafe { alloc(layout) };
        if start.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: just allocated with this size.
        unsafe { start.write_bytes(POISON, layout.size()) };
        Self { start, layout }
    }

    pub fn address(&self) -> u64 {
        self.start as u64
    }

    pub fn as_slice<T: Pod>(&self) -> &[T] {
        // SAFETY: the memory is initialised and aligned, and holds this many elements.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.layout.size() / size_of::<T>()) }
    }

    pub fn as_mut_slice<T: Pod>(&mut self) -> &mut [T] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.start.cast(), self.layout.size() / size_of::<T>()) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.start, self.layout) };
    }
}
