//! The kernels as C++ for the CPU.

use std::path::PathBuf;

/// Set to `address` to build the C++ part with AddressSanitizer; `scripts/checks/sanitized-kernels.ts` does.
const SANITIZE: &str = "CONDUIT_HOST_KERNELS_SANITIZE";

/// # Panics
/// Where a file does not compile, or the sanitizer asked for is not known.
pub fn build() {
    println!("cargo:rerun-if-changed=src/host");
    println!("cargo:rerun-if-env-changed={SANITIZE}");
    println!("cargo:rustc-check-cfg=cfg(sanitized_kernels)");
    let mut build = cc::Build::new();
    build.cpp(true).std("c++20").opt_level(3).include("kernels").cargo_metadata(false);
    // Kernels say `__fmaf_rn` where they mean it; a compiler's own choice would differ from one CPU to the next.
    build.flag("-ffp-contract=off").flag("-fno-math-errno");
    build.extra_warnings(true).warnings_into_errors(true).flag("-Wno-unknown-pragmas");
    for flag in instruction_set() {
        build.flag(flag);
    }
    let sanitizer = std::env::var(SANITIZE).unwrap_or_default();
    match sanitizer.as_str() {
        "" => {}
        "address" => {
            build.flag("-fsanitize=address,alignment").flag("-fno-sanitize-recover=all");
            build.flag("-fno-omit-frame-pointer");
            println!("cargo:rustc-cfg=sanitized_kernels");
            println!("cargo:rustc-link-lib=dylib=asan");
            println!("cargo:rustc-link-lib=dylib=ubsan");
        }
        other => panic!("{SANITIZE} is `{other}`; it may be `address` or empty"),
    }
    for file in sources("src/host", "cpp").into_iter().chain(sources("kernels", "cu")) {
        build.file(file);
    }
    // As g++ does not know the ending `.cu`.
    build.flag("-xc++");
    build.compile("conduit_host_kernels");
    println!("cargo:rustc-link-search=native={}", std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    // Kernels are reached through their registration alone, which no symbol asks for.
    println!("cargo:rustc-link-lib=static:+whole-archive=conduit_host_kernels");
    let is_apple = std::env::var("CARGO_CFG_TARGET_VENDOR").is_ok_and(|vendor| vendor == "apple");
    println!("cargo:rustc-link-lib=dylib={}", if is_apple { "c++" } else { "stdc++" });
}

/// What this machine's CPU has, where it is also the one that the tests will run on.
fn instruction_set() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    if std::env::var("HOST") == std::env::var("TARGET")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
    {
        return vec!["-mavx2", "-mfma", "-mf16c"];
    }
    Vec::new()
}

fn sources(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is part of the crate");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    files
}
