//! Builds the kernels: for devices where there is an nvcc, and for the CPU where the feature `host` is on.

mod device;
#[cfg(feature = "host")]
mod host;

use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build");
    let output = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    device::build("kernels".as_ref(), &output);
    #[cfg(feature = "host")]
    host::build();
}
