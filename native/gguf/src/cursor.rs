use std::ops::Range;

/// Reads a file from its start, and never beyond its end. Errors say what is wrong, but not where.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that have been read.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// Bytes that are left.
    pub const fn left(&self) -> u64 {
        (self.bytes.len() - self.at) as u64
    }

    /// Passes over bytes, and says where they lie.
    pub fn skip(&mut self, count: u64) -> Result<Range<usize>, String> {
        if count > self.left() {
            return Err(format!("truncated: {count} bytes are needed, {} are there", self.left()));
        }
        let start = self.at;
        self.at += count as usize;
        Ok(start..self.at)
    }

    pub fn u32(&mut self) -> Result<u32, String> {
        let range = self.skip(4)?;
        Ok(u32::from_le_bytes(self.bytes[range].try_into().unwrap_or_default()))
    }

    pub fn u64(&mut self) -> Result<u64, String> {
        let range = self.skip(8)?;
        Ok(u64::from_le_bytes(self.bytes[range].try_into().unwrap_or_default()))
    }

    /// The bytes of a text, behind their number.
    pub fn text_range(&mut self) -> Result<Range<usize>, String> {
        let length = self.u64()?;
        self.skip(length).map_err(|reason| format!("a text of {length} bytes: {reason}"))
    }

    /// A text of at most so many bytes.
    pub fn name(&mut self, most: usize) -> Result<&'a str, String> {
        let range = self.text_range()?;
        if range.len() > most {
            return Err(format!("a name of {} bytes, at most {most} are allowed", range.len()));
        }
        std::str::from_utf8(&self.bytes[range]).map_err(|error| format!("a name that is no UTF-8: {error}"))
    }
}
