/// Compute capabilities times ten that the build has machine code for; later ones than the last are compiled by their
/// driver. `packages/compute-offerings/src/runtimes/lm-lite-gpus.ts` says the same to those who choose machines.
pub const ARCHITECTURES: [u32; 6] = [80, 86, 89, 90, 100, 120];

/// The CUDA version, major and minor, that a driver has to know: nvcc's own major version with minor 0.
pub const CUDA_VERSION: (u32, u32) = (13, 0);

/// The first driver that knows [`CUDA_VERSION`].
pub const MINIMUM_DRIVER: u32 = 580;

/// Whether a device of this compute capability runs the embedded kernels.
///
/// Machine code runs on devices of its own major version from its minor version on; the intermediate code of the last
/// architecture runs on everything from it on.
pub fn runs_on(compute_capability: (u32, u32)) -> bool {
    let (major, minor) = compute_capability;
    let newest = ARCHITECTURES[ARCHITECTURES.len() - 1];
    major * 10 + minor >= newest
        || ARCHITECTURES.iter().any(|known| known / 10 == major && known % 10 <= minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_from_ampere_on_are_supported() {
        for supported in [(8, 0), (8, 6), (8, 7), (8, 9), (9, 0), (10, 0), (10, 3), (12, 0), (12, 1), (13, 0)]
        {
            assert!(runs_on(supported), "{supported:?}");
        }
        for refused in [(6, 1), (7, 0), (7, 5), (11, 0)] {
            assert!(!runs_on(refused), "{refused:?}");
        }
    }
}
