use std::fmt::Write;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use ring::digest::{Context, SHA256};

/// Whether a file of the cache has the bytes that the Hub has. Large files are named by their SHA-256 there; the name of others says
/// nothing that could be checked.
pub(super) fn is_intact(path: &Path) -> io::Result<bool> {
    let blob = fs::canonicalize(path)?;
    let name = blob.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(true);
    }
    Ok(sha256(&blob)?.eq_ignore_ascii_case(name))
}

/// Removes a file from the cache, with what its name there leads to.
pub(super) fn discard(path: &Path) -> io::Result<()> {
    fs::remove_file(fs::canonicalize(path)?)?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => context.update(&buffer[..count]),
        }
    }
    Ok(context.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Of "abc", from FIPS 180-2.
    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_file_has_to_be_what_its_blob_is_named_by() {
        let root = tempfile::tempdir().unwrap();
        let (blob, file) = (root.path().join(HASH), root.path().join("model.safetensors"));
        fs::write(&blob, "abc").unwrap();
        symlink(&blob, &file).unwrap();
        assert!(is_intact(&file).unwrap());
        fs::write(&blob, "abd").unwrap();
        assert!(!is_intact(&file).unwrap());
        discard(&file).unwrap();
        assert!(!blob.exists() && fs::symlink_metadata(&file).is_err());
    }

    #[test]
    fn a_name_that_is_no_hash_promises_nothing() {
        let root = tempfile::tempdir().unwrap();
        for name in ["config.json", &HASH[..40], &HASH.replace('b', "x")] {
            let file = root.path().join(name);
            fs::write(&file, "other").unwrap();
            assert!(is_intact(&file).unwrap(), "{name}");
        }
    }
}
