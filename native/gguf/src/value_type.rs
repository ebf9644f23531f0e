use std::ops::Range;

use crate::cursor::Cursor;

/// Types of values in metadata, by their numbers in the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl ValueType {
    /// In the order of their numbers.
    const ALL: [Self; 13] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::F32,
        Self::Bool,
        Self::String,
        Self::Array,
        Self::U64,
        Self::I64,
        Self::F64,
    ];

    pub fn read(cursor: &mut Cursor) -> Result<Self, String> {
        let number = cursor.u32()?;
        let known = Self::ALL.get(number as usize).copied();
        known.ok_or_else(|| format!("a value of the unknown type {number}"))
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::Bool => "bool",
            Self::String => "a text",
            Self::Array => "an array",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }

    /// Bytes of a value; `None` where they differ.
    pub const fn bytes(self) -> Option<usize> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::String | Self::Array => None,
        }
    }

    /// Passes over so many values of this type, one after the other.
    pub fn skip(self, count: u64, cursor: &mut Cursor) -> Result<Range<usize>, String> {
        let start = cursor.position();
        match self.bytes() {
            Some(bytes) => {
                let all = count.checked_mul(bytes as u64).ok_or_else(|| format!("{count} values"))?;
                cursor.skip(all)?;
            }
            // Of which each takes 8 bytes, so that a number that the file has no room for ends soon.
            None => {
                for _ in 0..count {
                    cursor.text_range()?;
                }
            }
        }
        Ok(start..cursor.position())
    }
}
