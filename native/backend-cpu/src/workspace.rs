use std::marker::PhantomData;

use bytemuck::allocation::try_zeroed_vec;
use bytemuck::{Pod, Zeroable};
use conduit_backend::{BackendError, Result};

use crate::kernels::LINE_BYTES;

/// Numbers of f32 in one cache line.
pub(crate) const LINE: usize = LINE_BYTES / 4;

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE_BYTES]);

// SAFETY: any bytes are a line.
unsafe impl Zeroable for Line {}
// SAFETY: as above, and there is no padding.
unsafe impl Pod for Line {}

/// Memory for numbers that only grows, aligned to cache lines. Pages come when they are touched.
pub(crate) struct Workspace<T> {
    lines: Vec<Line>,
    numbers: PhantomData<T>,
}

impl<T> Default for Workspace<T> {
    fn default() -> Self {
        Self { lines: Vec::new(), numbers: PhantomData }
    }
}

impl<T: Pod> Workspace<T> {
    /// Makes room for `size` numbers and keeps those that are there.
    ///
    /// # Errors
    /// `OutOfMemory`, and nothing is changed.
    pub fn grow(&mut self, size: usize, what: &str) -> Result<()> {
        let lines = size.div_ceil(LINE_BYTES / size_of::<T>());
        if lines <= self.lines.len() {
            return Ok(());
        }
        let mut grown: Vec<Line> = try_zeroed_vec(lines).map_err(|()| BackendError::OutOfMemory {
            what: what.into(),
            needed_bytes: (size as u64).saturating_mul(size_of::<T>() as u64),
            available_bytes: 0,
        })?;
        grown[..self.lines.len()].copy_from_slice(&self.lines);
        self.lines = grown;
        Ok(())
    }

    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.lines.as_mut_ptr().cast()
    }

    pub fn as_mut_slice(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.lines)
    }
}
