use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::nvcc::Nvcc;

/// Environment variable that names the compiler's program.
pub const NVCC_VARIABLE: &str = "CONDUIT_NVCC";

/// The major release whose binaries the minimum driver is for.
pub const RELEASE_MAJOR: u32 = 13;

/// Where `scripts/lib/nvcc.ts` installs the compiler from Python wheels, below the cache folder.
const WHEELS: &str = "cuda/nvcc-13.0.88/nvidia/cu13/bin/nvcc";

/// What the search for a compiler came to.
pub enum Found {
    Nvcc(Nvcc),
    None { seen: Vec<String> },
}

/// The compiler that [`NVCC_VARIABLE`] names, the one of the wheels, or what the machine has.
///
/// # Panics
/// Where the one that is named cannot be used.
pub fn find_nvcc() -> Found {
    if let Some(named) = env::var_os(NVCC_VARIABLE).filter(|named| !named.is_empty()) {
        match probe(Path::new(&named)) {
            Ok(nvcc) => return Found::Nvcc(nvcc),
            Err(reason) => panic!("{NVCC_VARIABLE}: {reason}"),
        }
    }
    let mut seen = Vec::new();
    for candidate in candidates().filter(|candidate| candidate.is_file()) {
        match probe(&candidate) {
            Ok(nvcc) => return Found::Nvcc(nvcc),
            Err(reason) => seen.push(reason),
        }
    }
    Found::None { seen }
}

fn candidates() -> impl Iterator<Item = PathBuf> {
    let wheels = cache_folder().map(|cache| cache.join(WHEELS));
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<_> = env::split_paths(&path).map(|folder| folder.join("nvcc")).collect();
    let homes = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(env::var_os);
    let homes = homes.map(|home| Path::new(&home).join("bin/nvcc"));
    wheels.into_iter().chain(on_path).chain(homes)
}

/// What is built and may be shared by clones, as in `scripts/lib/paths.mjs`.
pub fn cache_folder() -> Option<PathBuf> {
    if let Some(cache) = env::var_os("CONDUIT_CACHE") {
        return Some(PathBuf::from(cache));
    }
    env::home_dir().map(|home| home.join(".cache/conduit"))
}

fn probe(program: &Path) -> Result<Nvcc, String> {
    let failed = |reason: String| format!("{}: {reason}", program.display());
    let output =
        Command::new(program).arg("--version").output().map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    // "Cuda compilation tools, release 13.0, V13.0.88"
    let version = text.lines().find_map(|line| line.split_once(", V")).map(|(_, version)| version.trim());
    let version = version.ok_or_else(|| failed("it does not tell its version".to_owned()))?;
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major == Some(RELEASE_MAJOR) {
        Ok(Nvcc { program: program.to_owned(), version: version.to_owned() })
    } else {
        Err(failed(format!("expected CUDA {RELEASE_MAJOR}, found {version}")))
    }
}
