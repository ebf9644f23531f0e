use conduit_backend::{BackendError, Result};

/// One cache line of f32.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

const LINE: usize = crate::placement::LINE;

/// Memory for f32 numbers that only grows, aligned to cache lines.
#[derive(Default)]
pub(crate) struct Workspace {
    lines: Vec<Line>,
}

impl Workspace {
    /// Makes room for `size` numbers.
    ///
    /// # Errors
    /// `OutOfMemory`, and nothing is changed.
    pub fn grow(&mut self, size: usize, what: &str) -> Result<()> {
        let lines = size.div_ceil(LINE);
        let more = lines.saturating_sub(self.lines.len());
        self.lines.try_reserve_exact(more).map_err(|_| BackendError::OutOfMemory {
            what: what.into(),
            needed_bytes: size as u64 * 4,
            available_bytes: 0,
        })?;
        if more > 0 {
            self.lines.resize(lines, Line([0.0; LINE]));
        }
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
