use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use super::FatBinary;
use super::find_nvcc::cache_folder;
use super::nvcc::Nvcc;

/// Compiled kernels by the hash of everything that they are made of: a fresh clone compiles none that is known.
pub struct Cache {
    folder: PathBuf,
    /// Where the build finds them, whatever becomes of the folder.
    output: PathBuf,
    /// Of the compiler, its flags and all headers.
    common: Hash,
}

impl Cache {
    /// The folder that clones share, or the build's own where that cannot be written.
    ///
    /// # Errors
    /// Where the kernels' headers cannot be read.
    pub fn open(nvcc: &Nvcc, kernels: &Path, output: &Path) -> io::Result<Self> {
        let shared = cache_folder().map(|cache| cache.join("cuda/fat-binaries"));
        let folder = shared.filter(|shared| fs::create_dir_all(shared).is_ok());
        let mut common = Hash::default();
        common.add(nvcc.version.as_bytes());
        for flag in Nvcc::flags() {
            common.add(flag.as_bytes());
        }
        add_headers(kernels, &mut common)?;
        let folder = folder.unwrap_or_else(|| output.join("fat-binaries"));
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, output: output.to_owned(), common })
    }

    /// The fat binary of a source.
    ///
    /// # Errors
    /// The compiler's messages.
    pub fn get_or_compile(&self, nvcc: &Nvcc, source: &Path) -> Result<FatBinary, String> {
        let failed = |error: io::Error| format!("{}: {error}", source.display());
        let mut hash = self.common;
        hash.add(&fs::read(source).map_err(failed)?);
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let key = format!("{name}-{:032x}", hash.0);
        let log = match self.known(&key) {
            Some(log) => log,
            None => self.compile(nvcc, source, &key).map_err(failed)??,
        };
        let embedded = self.output.join(format!("{name}.fatbin"));
        fs::copy(self.folder.join(format!("{key}.fatbin")), &embedded).map_err(failed)?;
        Ok(FatBinary { name, path: embedded, log })
    }

    /// The log of what is compiled. It is written last: where it is, the binary is whole.
    fn known(&self, key: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(format!("{key}.log"))).ok()
    }

    fn compile(&self, nvcc: &Nvcc, source: &Path, key: &str) -> io::Result<Result<String, String>> {
        // Another build may be compiling the same.
        let lock = fs::File::create(self.folder.join(format!("{key}.lock")))?;
        lock.lock()?;
        if let Some(log) = self.known(key) {
            return Ok(Ok(log));
        }
        let unfinished = self.folder.join(format!("{key}.{}", process::id()));
        let log = match nvcc.compile(source, &unfinished) {
            Ok(log) => log,
            Err(messages) => return Ok(Err(messages)),
        };
        fs::rename(&unfinished, self.folder.join(format!("{key}.fatbin")))?;
        fs::write(&unfinished, &log)?;
        fs::rename(&unfinished, self.folder.join(format!("{key}.log")))?;
        Ok(Ok(log))
    }
}

/// All files below the folder but the sources themselves, by name and content.
fn add_headers(folder: &Path, hash: &mut Hash) -> io::Result<()> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_headers(&path, hash)?;
        } else if path.extension().is_none_or(|extension| extension != "cu") {
            hash.add(path.file_name().unwrap_or_default().as_encoded_bytes());
            hash.add(&fs::read(&path)?);
        }
    }
    Ok(())
}

/// FNV-1a in 128 bits: the same for every version of Rust, unlike the standard library's.
#[derive(Clone, Copy)]
struct Hash(u128);

impl Default for Hash {
    fn default() -> Self {
        Self(0x6C62_272E_07BB_0142_62B8_2175_6295_C58D)
    }
}

impl Hash {
    /// Adds a part; its length keeps it apart from the next.
    fn add(&mut self, part: &[u8]) {
        for byte in (part.len() as u64).to_le_bytes().iter().chain(part) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
        }
    }
}
