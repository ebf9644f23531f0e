// What LM Lite's kernels need of GPUs. native/cuda-kernels/src/device/requirements.rs says the same of the kernels, and a test compares.

/** Compute capabilities that there is machine code for. It runs on later ones of the same major version, too. */
export const COMPUTE_CAPABILITIES = ["8.0", "8.6", "8.9", "9.0", "10.0", "12.0"] as const;

export const FIRST_ARCHITECTURE = "AMPERE";
