use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use memmap2::Mmap;

use crate::cursor::Cursor;
use crate::tensor::{self, Stored};
use crate::{GgufError, Metadata, Result};

const MAGIC: u32 = u32::from_le_bytes(*b"GGUF");
/// The first one has sizes of 32 bits, and was in use for a few weeks of 2023.
const VERSIONS: [u32; 2] = [2, 3];
/// Bytes to whose multiples tensors are aligned where the file does not say.
const DEFAULT_ALIGNMENT: u64 = 32;
const MOST_ALIGNMENT: u64 = 1 << 20;

/// One file, mapped.
pub(crate) struct MappedFile {
    pub path: PathBuf,
    pub bytes: Bytes,
    pub metadata: Metadata,
    pub tensors: Vec<Stored>,
}

impl MappedFile {
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = map(path)?;
        let damaged = |reason: String| GgufError::DamagedFile { path: path.to_owned(), reason };
        let mut cursor = Cursor::new(&bytes);
        if cursor.u32().map_err(damaged)? != MAGIC {
            return Err(damaged("it does not begin with GGUF".into()));
        }
        let version = cursor.u32().map_err(damaged)?;
        if !VERSIONS.contains(&version) {
            let is_big = VERSIONS.contains(&version.swap_bytes());
            let value = if is_big { "big-endian".to_owned() } else { version.to_string() };
            return Err(GgufError::UnsupportedFeature {
                path: path.to_owned(),
                key: "the version of the format".into(),
                value,
                supported: "2 and 3, little-endian".into(),
            });
        }
        let tensor_count = cursor.u64().map_err(damaged)?;
        let entries = cursor.u64().map_err(damaged)?;
        let metadata = Metadata::read(entries, &mut cursor, path, &bytes).map_err(damaged)?;
        let alignment = read_alignment(&metadata)?;
        let tensors = tensor::read(tensor_count, alignment, &mut cursor, path)?;
        Ok(Self { path: path.to_owned(), bytes: bytes.clone(), metadata, tensors })
    }
}

fn read_alignment(metadata: &Metadata) -> Result<u64> {
    const KEY: &str = "general.alignment";
    let alignment = metadata.unsigned(KEY)?.unwrap_or(DEFAULT_ALIGNMENT);
    if alignment.is_power_of_two() && alignment <= MOST_ALIGNMENT {
        return Ok(alignment);
    }
    Err(metadata.invalid(KEY, &format!("expected a power of two up to {MOST_ALIGNMENT}, found {alignment}")))
}

fn map(path: &Path) -> Result<Bytes> {
    let unreadable = |source| GgufError::UnreadableFile { path: path.to_owned(), source };
    let file = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => {
            GgufError::MissingFile { path: path.to_owned(), expected: "all files of a set are needed" }
        }
        _ => unreadable(source),
    })?;
    if file.metadata().map_err(unreadable)?.len() == 0 {
        return Err(GgufError::DamagedFile { path: path.to_owned(), reason: "the file is empty".into() });
    }
    // SAFETY: the map is read only; that the file is not cut short meanwhile is asked of the user, as for other weights.
    let map = unsafe { Mmap::map(&file) }.map_err(unreadable)?;
    #[cfg(unix)]
    {
        // Reading ahead is a wish; without it, pages come when they are touched.
        let _ = map.advise(memmap2::Advice::WillNeed);
    }
    Ok(Bytes::from_owner(map))
}
