//! Builds the kernels: for the CPU where the feature `host` is on.

#[cfg(feature = "host")]
mod host;

fn main() {
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=kernels");
    #[cfg(feature = "host")]
    host::build();
}
