use bytes::Bytes;
use conduit_backend::{BlockFormat, Blocks as Raw};

use crate::kernels::read_block_row;

/// `[rows, columns]` in blocks, where their file is mapped.
pub(crate) struct Blocks {
    pub format: BlockFormat,
    pub rows: usize,
    row_bytes: usize,
    data: Bytes,
}

impl Blocks {
    /// A matrix that was checked.
    pub fn new(raw: Raw) -> Self {
        Self { format: raw.format, rows: raw.shape[0], row_bytes: raw.row_bytes(), data: raw.data }
    }

    /// Bytes of a row.
    pub fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// The row's blocks, and those of the rows that follow.
    pub fn row(&self, row: usize) -> *const u8 {
        self.data[row * self.row_bytes..].as_ptr()
    }

    /// Writes one row, widened, to `output`.
    pub fn read_row(&self, row: usize, output: &mut [f32]) {
        read_block_row(self.format, &self.data[row * self.row_bytes..][..self.row_bytes], output);
    }
}
