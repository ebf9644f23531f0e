use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Environment variable: the architectures to compile for, such as `90`, while one works on a kernel.
pub const ARCHITECTURES_VARIABLE: &str = "CONDUIT_CUDA_ARCHITECTURES";

/// What a whole build is for; `conduit_cuda_kernels::device::ARCHITECTURES` says the same.
const ARCHITECTURES: &str = "80,86,89,90,100,120";

/// A compiler that can be used.
pub struct Nvcc {
    pub program: PathBuf,
    /// Such as `13.0.88`.
    pub version: String,
}

impl Nvcc {
    /// Everything about the command line but the names of files.
    pub fn flags() -> Vec<String> {
        let mut flags: Vec<_> = [
            "-std=c++20",
            "--include-path=kernels",
            "-O3",
            "--fatbin",
            "--compress-mode=size",
            // Nothing of the host's compiler but its preprocessor is used.
            "--allow-unsupported-compiler",
            "--Werror=all-warnings",
            "--ptxas-options=--verbose,--warning-as-error",
        ]
        .map(str::to_owned)
        .into();
        let wanted = env::var(ARCHITECTURES_VARIABLE).unwrap_or_else(|_| ARCHITECTURES.to_owned());
        let architectures: Vec<_> = wanted.split(',').map(str::trim).collect();
        for architecture in &architectures {
            flags.push(format!("--generate-code=arch=compute_{architecture},code=sm_{architecture}"));
        }
        // For devices that come after it, compiled by their driver.
        if let Some(newest) = architectures.last() {
            flags.push(format!("--generate-code=arch=compute_{newest},code=compute_{newest}"));
        }
        flags
    }

    /// Compiles a source for all architectures and returns what ptxas said.
    ///
    /// # Errors
    /// The compiler's messages.
    pub fn compile(&self, source: &Path, output: &Path) -> Result<String, String> {
        let failed = |what: &str| format!("{}: {what}", source.display());
        let result = Command::new(&self.program)
            .args(Self::flags())
            .arg(source)
            .arg("-o")
            .arg(output)
            .output()
            .map_err(|error| failed(&error.to_string()))?;
        let log = String::from_utf8_lossy(&result.stderr).into_owned();
        if result.status.success() && output.is_file() {
            return Ok(log);
        }
        // A file that is not whole must not be taken for one that is.
        let _ = fs::remove_file(output);
        let messages: Vec<_> = log.lines().filter(|line| !line.starts_with("ptxas info")).collect();
        let said = String::from_utf8_lossy(&result.stdout);
        Err(failed(&format!("nvcc {} failed:\n{}\n{said}", self.version, messages.join("\n"))))
    }
}
