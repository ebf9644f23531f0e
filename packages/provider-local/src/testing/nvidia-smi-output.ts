// What nvidia-smi prints. The lists are recorded, their sources stand beside them. Nobody has published the table with just the columns
// that are asked for here: its lines hold what nvidia-smi prints for each of them on such cards, from the sources named.

export interface NvidiaSmiOutput {
  /** Of `nvidia-smi --query-gpu=uuid,memory.total,memory.free,compute_cap,mig.mode.current,name --format=csv,noheader,nounits`. */
  readonly query: string;
  /** Of `nvidia-smi -L`. */
  readonly list: string;
}

/** Two cards of one kind and one of another, which has no MIG. */
export const MIXED: NvidiaSmiOutput = {
  query: `GPU-5a1c8f0e-2f0b-4b7e-9a53-6c2f3f6f1a01, 81920, 81176, 8.0, Disabled, NVIDIA A800-SXM4-80GB
GPU-5a1c8f0e-2f0b-4b7e-9a53-6c2f3f6f1a02, 81920, 604, 8.0, Disabled, NVIDIA A800-SXM4-80GB
GPU-5a1c8f0e-2f0b-4b7e-9a53-6c2f3f6f1a03, 12282, 11759, 8.9, [N/A], NVIDIA GeForce RTX 4070
`,
  list: `GPU 0: NVIDIA A800-SXM4-80GB (UUID: GPU-5a1c8f0e-2f0b-4b7e-9a53-6c2f3f6f1a01)
GPU 1: NVIDIA A800-SXM4-80GB (UUID: GPU-5a1c8f0e-2f0b-4b7e-9a53-6c2f3f6f1a02)
GPU 2: NVIDIA GeForce RTX 4070 (UUID: GPU-5a1c8f0e-2f0b-4b7e-9a53-6c2f3f6f1a03)
`,
};

/** The list: documentation of OpenNebula, "NVIDIA GPU Passthrough & vGPU". */
export const PARTITIONED: NvidiaSmiOutput = {
  query: "GPU-81495ec7-da36-8ea5-9f7d-5804aa3fef20, 95830, 95300, 9.0, Enabled, NVIDIA H100 NVL\n",
  list: `GPU 0: NVIDIA H100 NVL (UUID: GPU-81495ec7-da36-8ea5-9f7d-5804aa3fef20)
  MIG 2g.24gb     Device  0: (UUID: MIG-7839bf6f-ba33-59f0-89eb-01c8d8c4134d)
  MIG 2g.24gb     Device  1: (UUID: MIG-433a63e2-53a4-58c0-9b8d-a4dba3eb8f36)
  MIG 2g.24gb     Device  2: (UUID: MIG-34fa791a-69d2-560b-969f-f2aa1d900c44)
  MIG 1g.12gb     Device  3: (UUID: MIG-dbf12406-b888-52e8-80ee-025b6412f6e4)
`,
};

/** Names of instances before driver 470. The list: documentation of Volcano's device plugin for MIG. */
export const PARTITIONED_BY_OLD_DRIVER: NvidiaSmiOutput = {
  query: "GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23, 40536, 40000, 8.0, Enabled, A100-PCIE-40GB\n",
  list: `GPU 0: A100-PCIE-40GB (UUID: GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23)
  MIG 4g.20gb Device 0: (UUID: MIG-GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23/2/0)
  MIG 2g.10gb Device 1: (UUID: MIG-GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23/3/0)
  MIG 1g.5gb Device 2: (UUID: MIG-GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23/9/0)
`,
};

/** DGX Spark, whose GPU shares the memory of the machine: nvidia-smi has no number for it. */
export const SHARED_MEMORY: NvidiaSmiOutput = {
  query: "GPU-2b7a0d52-3a0e-0f0d-8a8c-5d2f0b8f7c10, [N/A], [N/A], 12.1, [N/A], NVIDIA GB10\n",
  list: "GPU 0: NVIDIA GB10 (UUID: GPU-2b7a0d52-3a0e-0f0d-8a8c-5d2f0b8f7c10)\n",
};

/** What the program prints, on its standard output, where the driver does not run. */
export const NO_DRIVER: NvidiaSmiOutput = {
  query:
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
  list: "",
};
