import { type Deployment, deploy } from "@conduit/deployment";
import { openStateStore } from "@conduit/state";
import type {
  CallOptions,
  ComputeProvider,
  ContainerWorkload,
  LmLiteModelConfigInput,
  StateStore,
} from "@conduit/types";
import type { LMLiteDeployOptions } from "./deploy-options.ts";
import { findEngine } from "./find-engine.ts";
import { probeHealth } from "./probe-health.ts";
import { engineProcess, LM_LITE, LM_LITE_API_KEY } from "./runtime-profile.ts";
import { ServedModels } from "./served-models.ts";

/** Models that Conduit has deployed. */
export class DeployedModels {
  readonly deployment: Deployment;
  readonly #provider: ComputeProvider;
  /** A store that nobody else closes. */
  readonly #ownStore: StateStore | undefined;
  #served: ServedModels;

  private constructor(
    deployment: Deployment,
    provider: ComputeProvider,
    served: ServedModels,
    ownStore: StateStore | undefined,
  ) {
    this.deployment = deployment;
    this.#provider = provider;
    this.#served = served;
    this.#ownStore = ownStore;
  }

  static async deploy(options: LMLiteDeployOptions): Promise<DeployedModels> {
    const served = new ServedModels(options.models);
    if (options.store !== undefined) return DeployedModels.#deployAt(options.store, served, options);
    const ownStore = await openStateStore({ signal: options.signal });
    try {
      return await DeployedModels.#deployAt(ownStore, served, options, ownStore);
    } catch (error) {
      await ownStore.close();
      throw error;
    }
  }

  static async #deployAt(
    store: StateStore,
    served: ServedModels,
    options: LMLiteDeployOptions,
    ownStore?: StateStore,
  ): Promise<DeployedModels> {
    const { provider, models: _, onProgress, signal, ...rest } = options;
    const deployment = await deploy(
      {
        ...rest,
        provider,
        store,
        runtime: LM_LITE.runtime,
        endpointKeyVariable: LM_LITE_API_KEY,
        probe: probeHealth,
        workload: workloadOf(served, provider),
      },
      { signal, onProgress: onProgress && (({ message }) => onProgress(message)) },
    );
    return new DeployedModels(deployment, provider, served, ownStore);
  }

  /** The engine's name of a model. */
  engineId(model: string): string {
    return this.#served.engineId(model);
  }

  async update(models: readonly LmLiteModelConfigInput[], options: CallOptions): Promise<void> {
    const served = new ServedModels(models);
    await this.deployment.update({ workload: workloadOf(served, this.#provider) }, options);
    this.#served = served;
  }

  async dispose(): Promise<void> {
    try {
      await this.deployment.dispose();
    } finally {
      await this.#ownStore?.close();
    }
  }
}

function workloadOf({ configs }: ServedModels, { capabilities }: ComputeProvider): ContainerWorkload {
  return {
    image: LM_LITE.image,
    ports: LM_LITE.ports,
    healthPath: "/health",
    env: LM_LITE.env(configs),
    secretEnv: {},
    readsSecretFiles: true,
    ...(capabilities.deploymentType === "PROCESS" && { process: engineProcess(findEngine()) }),
  };
}
