//! Compiles `kernels/*.cu` to fat binaries, where there is an nvcc, and writes the table by which the crate embeds them.

mod cache;
mod find_nvcc;
mod nvcc;
mod resources;
mod table;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cache::Cache;
use find_nvcc::{Found, find_nvcc};
use nvcc::Nvcc;

/// Environment variable: `required` makes a missing nvcc an error, `off` builds without kernels for devices.
const CUDA_VARIABLE: &str = "CONDUIT_CUDA";

/// A compiled file of kernels.
struct FatBinary {
    /// Name of its source, without the extension.
    name: String,
    path: PathBuf,
    /// What ptxas said about each kernel.
    log: String,
}

/// Writes `device.rs` and `resources.tsv` to the output folder; without nvcc they hold nothing.
///
/// # Panics
/// Where a kernel does not compile without warnings, or nvcc is missing and required.
pub fn build(kernels: &Path, output: &Path) {
    let variables = [CUDA_VARIABLE, find_nvcc::NVCC_VARIABLE, nvcc::ARCHITECTURES_VARIABLE];
    for variable in variables.into_iter().chain(["CUDA_HOME", "CUDA_PATH", "CONDUIT_CACHE"]) {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rerun-if-changed={}", kernels.display());
    println!("cargo::rustc-check-cfg=cfg(no_nvcc)");
    let wanted = std::env::var(CUDA_VARIABLE).unwrap_or_default();
    let nvcc = if wanted == "off" { Found::None { seen: Vec::new() } } else { find_nvcc() };
    match nvcc {
        Found::Nvcc(nvcc) => {
            println!("cargo::rerun-if-changed={}", nvcc.program.display());
            let fat_binaries = compile_all(&nvcc, kernels, output);
            table::write(output, Some(&nvcc.version), &fat_binaries)
                .expect("the table of kernels is written");
        }
        Found::None { seen } => {
            println!("cargo::rustc-cfg=no_nvcc");
            let seen = if seen.is_empty() { String::new() } else { format!(" ({})", seen.join("; ")) };
            let what = format!(
                "no nvcc of CUDA {} was found{seen}: set {} to the program, put it on the PATH, or run `npm run build:engine`, which installs one",
                find_nvcc::RELEASE_MAJOR,
                find_nvcc::NVCC_VARIABLE,
            );
            assert!(wanted != "required", "{what}");
            if wanted != "off" {
                println!("cargo::warning={what}. This build has no CUDA kernels and runs on the CPU alone.");
            }
            table::write(output, None, &[]).expect("the table of kernels is written");
        }
    }
}

/// Compiles what the cache does not hold, in as many processes as cargo allows.
fn compile_all(nvcc: &Nvcc, kernels: &Path, output: &Path) -> Vec<FatBinary> {
    let sources = sources(kernels).expect("the folder of kernels is readable");
    let cache = Cache::open(nvcc, kernels, output).expect("the folder of kernels is readable");
    let jobs = std::env::var("NUM_JOBS").ok().and_then(|jobs| jobs.parse().ok()).unwrap_or(1);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut compiled = Vec::new();
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            compiled.push(cache.get_or_compile(nvcc, source));
        }
        compiled
    };
    let compiled: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..sources.len().min(jobs)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a compiler's thread ends")).collect()
    });
    let (mut fat_binaries, mut failures) = (Vec::new(), Vec::new());
    for result in compiled {
        match result {
            Ok(fat_binary) => fat_binaries.push(fat_binary),
            Err(failure) => failures.push(failure),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    fat_binaries.sort_by(|left, right| left.name.cmp(&right.name));
    fat_binaries
}

/// The `.cu` files of the folder itself; what lies below it is included by them.
fn sources(kernels: &Path) -> io::Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(kernels)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "cu") {
            sources.push(path);
        }
    }
    sources.sort();
    Ok(sources)
}
