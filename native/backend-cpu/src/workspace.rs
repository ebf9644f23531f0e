use bytemuck::Zeroable;
use bytemuck::allocation::try_zeroed_vec;
use conduit_backend::{BackendError, Result};

/// Numbers of one cache line.
pub(crate) const LINE: usize = 16;

/// One cache line of f32.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

// SAFETY: zero bytes are zeros of f32.
unsafe impl Zeroable for Line {}

/// Memory for f32 numbers that only grows, aligned to cache lines. Pages come when they are touched.
#[derive(Default)]
pub(crate) struct Workspace {
    lines: Vec<Line>,
}

impl Workspace {
    /// Makes room for `size` numbers and keeps those that are there.
    ///
    /// # Errors
    /// `OutOfMemory`, and nothing is changed.
    pub fn grow(&mut self, size: usize, what: &str) -> Result<()> {
        let lines = size.div_ceil(LINE);
        if lines <= self.lines.len() {
            return Ok(());
        }
        let mut grown: Vec<Line> = try_zeroed_vec(lines).map_err(|()| BackendError::OutOfMemory {
            what: what.into(),
            needed_bytes: (size as u64).saturating_mul(4),
            available_bytes: 0,
        })?;
        grown[..self.lines.len()].copy_from_slice(&self.lines);
        self.lines = grown;
        Ok(())
    }

    pub fn as_mut_ptr(&mut self) -> *mut f32 {
        self.lines.as_mut_ptr().cast()
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: a line is 16 numbers without padding.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.lines.len() * LINE) }
    }
}
