/** The GPUs of LM Lite; native/cuda-kernels/src/device/requirements.rs says the same of the kernels, and a test compares. */
export const LM_LITE_GPUS = {
  /** Compute capabilities that there is machine code for. It runs on later ones of the same major version, too. */
  computeCapabilities: ["8.0", "8.6", "8.9", "9.0", "10.0", "12.0"],
  firstArchitecture: "AMPERE",
  /** Oldest CUDA version that the driver has to know. */
  minimumCudaVersion: "13.0",
  /** The first driver that knows it. */
  minimumDriverVersion: "580",
} as const;
