import type { LmModelConfig } from "./lm-model-config.ts";
import type { GpuArchitecture, Runtime } from "./names.ts";
import type { WorkloadPort } from "./workload.ts";

/** What the memory overhead of a runtime depends on. */
export interface OverheadContext {
  readonly architecture?: GpuArchitecture | undefined;
  readonly tensorParallel: number;
  readonly modelCount: number;
}

/** What planning needs to know of a runtime. */
export interface RuntimeProfile<Model extends LmModelConfig = LmModelConfig> {
  readonly runtime: Runtime;
  /** Container image with its tag or digest. */
  readonly image: string;
  readonly ports: readonly [WorkloadPort, ...WorkloadPort[]];
  /** Environment variables that make the runtime serve these models. */
  env(models: readonly Model[]): Record<string, string>;
  /** Bytes per GPU that are neither weights nor KV cache nor activations. */
  overheadBytes(context: OverheadContext): number;
  /** Whether the runtime runs weights of `dtype` (lower case, as in `config.json`) on this architecture; no architecture means the CPU. */
  supports(dtype: string, architecture: GpuArchitecture | undefined): boolean;
}
