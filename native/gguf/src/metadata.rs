use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::cursor::Cursor;
use crate::value_type::ValueType;
use crate::{GgufError, Result};

/// Bytes of the longest key, by the format.
const LONGEST_KEY: usize = (1 << 16) - 1;
/// Bytes that an entry takes at least: a key of one letter, and a value of one byte.
const LEAST_ENTRY: u64 = 8 + 1 + 4 + 1;

/// What a file says of its model, by key. Values stay where the file is mapped.
pub struct Metadata {
    path: PathBuf,
    bytes: Bytes,
    entries: BTreeMap<String, Entry>,
}

struct Entry {
    kind: ValueType,
    /// Of an array how many there are, and of what type; else one of its own.
    element: ValueType,
    count: u64,
    range: Range<usize>,
}

impl Metadata {
    /// Reads so many entries.
    pub(crate) fn read(count: u64, cursor: &mut Cursor, path: &Path, bytes: &Bytes) -> Result<Self, String> {
        if count > cursor.left() / LEAST_ENTRY {
            return Err(format!("{count} entries of metadata in {} bytes", cursor.left()));
        }
        let mut entries = BTreeMap::new();
        for index in 0..count {
            let key = cursor.name(LONGEST_KEY).map_err(|reason| format!("key {index}: {reason}"))?;
            let entry = Entry::read(cursor).map_err(|reason| format!("{key}: {reason}"))?;
            if entries.insert(key.to_owned(), entry).is_some() {
                return Err(format!("{key} is there twice"));
            }
        }
        Ok(Self { path: path.to_owned(), bytes: bytes.clone(), entries })
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// # Errors
    /// `DamagedFile` where the value is of another type; so with all that follow.
    pub fn text(&self, key: &str) -> Result<Option<&str>> {
        self.typed(key, "a text", |entry| match entry.kind {
            ValueType::String => std::str::from_utf8(self.bytes[entry.range.clone()].get(8..)?).ok(),
            _ => None,
        })
    }

    /// A whole number that is not negative, in whatever type.
    pub fn unsigned(&self, key: &str) -> Result<Option<u64>> {
        self.typed(key, "a whole number", |entry| whole(entry.kind, &self.bytes[entry.range.clone()]))
    }

    pub fn float(&self, key: &str) -> Result<Option<f64>> {
        self.typed(key, "a number", |entry| float(entry.kind, &self.bytes[entry.range.clone()]))
    }

    pub fn bool(&self, key: &str) -> Result<Option<bool>> {
        self.typed(key, "true or false", |entry| match (entry.kind, self.bytes[entry.range.start]) {
            (ValueType::Bool, 0) => Some(false),
            (ValueType::Bool, 1) => Some(true),
            _ => None,
        })
    }

    pub fn texts(&self, key: &str) -> Result<Option<Vec<&str>>> {
        self.typed(key, "an array of texts", |entry| {
            if (entry.kind, entry.element) != (ValueType::Array, ValueType::String) {
                return None;
            }
            let mut cursor = Cursor::new(&self.bytes[entry.range.clone()]);
            let mut text = || cursor.name(usize::MAX).ok();
            (0..entry.count).map(|_| text()).collect()
        })
    }

    pub fn unsigneds(&self, key: &str) -> Result<Option<Vec<u64>>> {
        self.typed(key, "an array of whole numbers", |entry| self.elements(entry, whole))
    }

    pub fn floats(&self, key: &str) -> Result<Option<Vec<f64>>> {
        self.typed(key, "an array of numbers", |entry| self.elements(entry, float))
    }

    /// An error that names the file and the key.
    pub fn invalid(&self, key: &str, reason: &str) -> GgufError {
        GgufError::DamagedFile { path: self.path.clone(), reason: format!("{key}: {reason}") }
    }

    /// An error that names the file, the key and its value.
    pub fn unsupported(&self, key: &str, value: impl ToString, supported: impl ToString) -> GgufError {
        GgufError::UnsupportedFeature {
            path: self.path.clone(),
            key: key.to_owned(),
            value: value.to_string(),
            supported: supported.to_string(),
        }
    }

    fn elements<T>(&self, entry: &Entry, read: fn(ValueType, &[u8]) -> Option<T>) -> Option<Vec<T>> {
        if entry.kind != ValueType::Array {
            return None;
        }
        let elements = self.bytes[entry.range.clone()].chunks_exact(entry.element.bytes()?);
        elements.map(|bytes| read(entry.element, bytes)).collect()
    }

    fn typed<'a, T>(
        &'a self,
        key: &str,
        expected: &str,
        read: impl Fn(&'a Entry) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(entry) = self.entries.get(key) else { return Ok(None) };
        let invalid = || {
            let found = match entry.kind {
                ValueType::Array => format!("an array of {}", entry.element.name()),
                kind => kind.name().to_owned(),
            };
            self.invalid(key, &format!("expected {expected}, found {found}"))
        };
        read(entry).map(Some).ok_or_else(invalid)
    }
}

impl Entry {
    fn read(cursor: &mut Cursor) -> Result<Self, String> {
        let kind = ValueType::read(cursor)?;
        let (element, count) = match kind {
            ValueType::Array => (ValueType::read(cursor)?, cursor.u64()?),
            _ => (kind, 1),
        };
        if element == ValueType::Array {
            // llama.cpp reads none either.
            return Err("an array of arrays".into());
        }
        let range = element.skip(count, cursor).map_err(|reason| match kind {
            ValueType::Array => format!("an array of {count} elements: {reason}"),
            _ => reason,
        })?;
        Ok(Self { kind, element, count, range })
    }
}

/// A number of this type, where it is whole and not negative.
fn whole(kind: ValueType, bytes: &[u8]) -> Option<u64> {
    let is_signed = match kind {
        ValueType::U8 | ValueType::U16 | ValueType::U32 | ValueType::U64 => false,
        ValueType::I8 | ValueType::I16 | ValueType::I32 | ValueType::I64 => true,
        _ => return None,
    };
    let mut all = [0; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    let is_negative = is_signed && bytes.last()? & 0x80 != 0;
    (!is_negative).then_some(u64::from_le_bytes(all))
}

fn float(kind: ValueType, bytes: &[u8]) -> Option<f64> {
    match kind {
        ValueType::F32 => Some(f32::from_le_bytes(bytes.try_into().ok()?).into()),
        ValueType::F64 => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}
