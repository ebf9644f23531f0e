import { type Deployment, deploy } from "@conduit/deployment";
import { openStateStore } from "@conduit/state";
import type { CallOptions, ContainerWorkload, LmLiteModelConfigInput, StateStore } from "@conduit/types";
import type { LMLiteDeployOptions } from "./deploy-options.ts";
import { findEngine } from "./find-engine.ts";
import { planEngines } from "./planning/plan-engines.ts";
import { probeHealth } from "./probe-health.ts";
import { engineProcess, LM_LITE, LM_LITE_API_KEY } from "./runtime-profile.ts";
import { ServedModels } from "./served-models.ts";

/** Models that Conduit has deployed. */
export class DeployedModels {
  readonly deployment: Deployment;
  readonly #options: LMLiteDeployOptions;
  /** A store that nobody else closes. */
  readonly #ownStore: StateStore | undefined;
  #served: ServedModels;

  private constructor(
    deployment: Deployment,
    options: LMLiteDeployOptions,
    served: ServedModels,
    ownStore: StateStore | undefined,
  ) {
    this.deployment = deployment;
    this.#options = options;
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
    const {
      provider,
      image: _,
      models: __,
      constraints: ___,
      objective: ____,
      onProgress,
      signal,
      ...rest
    } = options;
    const { offerings, requirements } = await planEngines(served.configs, options, { signal });
    const deployment = await deploy(
      {
        ...rest,
        offerings,
        provider,
        store,
        runtime: LM_LITE.runtime,
        endpointKeyVariable: LM_LITE_API_KEY,
        probe: probeHealth,
        workload: { ...workloadOf(served, options), requirements },
      },
      { signal, onProgress: onProgress && (({ message }) => onProgress(message)) },
    );
    return new DeployedModels(deployment, options, served, ownStore);
  }

  /** The engine's name of a model. */
  engineId(model: string): string {
    return this.#served.engineId(model);
  }

  async update(models: readonly LmLiteModelConfigInput[], options: CallOptions): Promise<void> {
    const served = new ServedModels(models);
    const { offerings, requirements } = await planEngines(served.configs, this.#options, options);
    const workload = { ...workloadOf(served, this.#options), requirements };
    await this.deployment.update({ workload, offerings }, options);
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

function workloadOf(
  { configs }: ServedModels,
  { image = LM_LITE.image, provider: { capabilities } }: LMLiteDeployOptions,
): ContainerWorkload {
  return {
    image,
    ports: LM_LITE.ports,
    healthPath: "/health",
    env: LM_LITE.env(configs),
    secretEnv: {},
    readsSecretFiles: true,
    ...(capabilities.deploymentType === "PROCESS" && { process: engineProcess(findEngine()) }),
  };
}
