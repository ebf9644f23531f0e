use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::error::{ModelError, Result};

/// Reads a file of at most so many bytes; one that has more is not read at all.
///
/// # Errors
/// `MissingFile`, `UnreadableFile`, or `DamagedFile` where it is larger.
pub fn read_file(path: &Path, expected: &'static str, most_bytes: u64) -> Result<Vec<u8>> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => ModelError::MissingFile { path: path.into(), expected },
        _ => ModelError::UnreadableFile { path: path.into(), source },
    };
    let too_large = |bytes: u64| ModelError::DamagedFile {
        path: path.into(),
        reason: format!("it has {bytes} bytes or more, such a file has at most {most_bytes}"),
    };
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    if bytes > most_bytes {
        return Err(too_large(bytes));
    }
    let mut text = Vec::with_capacity(bytes as usize);
    // A device or a pipe has no length of its own.
    file.take(most_bytes + 1).read_to_end(&mut text).map_err(failed)?;
    match text.len() as u64 > most_bytes {
        true => Err(too_large(text.len() as u64)),
        false => Ok(text),
    }
}
