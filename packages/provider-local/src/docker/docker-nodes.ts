import type {
  CallOptions,
  ComputeOffering,
  ListOfferingsOptions,
  LogOptions,
  NodeSpec,
  ProviderNode,
} from "@conduit/types";
import { localError } from "../local-error.ts";
import type { LocalNodes } from "../local-nodes.ts";
import { thisMachine } from "../this-machine.ts";
import { containerLog } from "./container-log.ts";
import { abortCreation, progressOf } from "./creation.ts";
import { Daemon } from "./daemon.ts";
import { readDaemonInfo } from "./daemon-info.ts";
import { describeClaim, describeContainer } from "./describe-node.ts";
import type { DockerOptions } from "./docker-options.ts";
import { isOnThisMachine } from "./endpoint/docker-endpoint.ts";
import { DockerAnswerLostError } from "./errors/docker-answer-lost-error.ts";
import { findContainer, listContainers } from "./find-container.ts";
import { chooseGpus, type GpuUse, isFree } from "./gpu/choose-gpus.ts";
import { detectGpus } from "./gpu/detect-gpus.ts";
import type { GpuDevice } from "./gpu/gpu-device.ts";
import { gpuOfferings } from "./gpu/gpu-offerings.ts";
import { countGpuUse } from "./gpu/gpu-use.ts";
import { findClaim, listClaims, type NodeClaim } from "./node-claim.ts";
import { NodeCreator } from "./node-creator.ts";
import { readSecret } from "./read-secret.ts";
import { removeAbandonedFolders, removeNode } from "./remove-node.ts";
import { runContainer } from "./start-container.ts";
import { stopContainer, unpauseContainer } from "./stop-container.ts";

const DEFAULT_GRACE_SECONDS = 10;
/** Longest time in milliseconds from a lost answer until what Docker made of the request can be seen. */
const VISIBILITY_WINDOW_MS = 2_000;

/** Nodes that are Docker containers. A node's id is its name, which is its container's too. */
export class DockerNodes implements LocalNodes {
  readonly capabilities = {
    deploymentType: "CONTAINER",
    visibilityWindowMs: VISIBILITY_WINDOW_MS,
    canStop: true,
    canSelfTerminate: true,
    endsWithHolders: false,
    spot: false,
  } as const;

  readonly #options: DockerOptions;
  readonly #graceSeconds: number;
  readonly #daemon: Daemon;
  readonly #creator: NodeCreator;

  constructor(options: DockerOptions & { readonly terminationGraceSeconds?: number | undefined }) {
    this.#options = options;
    this.#graceSeconds = options.terminationGraceSeconds ?? DEFAULT_GRACE_SECONDS;
    this.#daemon = new Daemon(options.host);
    this.#creator = new NodeCreator({
      daemon: this.#daemon,
      docker: options,
      chooseGpus: (spec, callOptions) => this.#chooseGpus(spec, callOptions),
    });
  }

  async scope(options: CallOptions = {}): Promise<string> {
    // Before version 25 all daemons of a machine have one id.
    const { id, rootFolder } = await readDaemonInfo(this.#daemon, options);
    return `docker:${id}:${rootFolder}`;
  }

  async listOfferings({
    requirements,
    ...options
  }: ListOfferingsOptions = {}): Promise<readonly ComputeOffering[]> {
    const { cpuCount, memoryBytes } = await readDaemonInfo(this.#daemon, options);
    const machine = { ...thisMachine(), cpuCount, memoryBytes };
    const use = await this.#gpuUse(options);
    const withGpus = gpuOfferings(machine, await this.#gpus(options), (device, offering) =>
      isFree(device, use, requirements?.vramBytes?.(offering)),
    );
    return this.#options.offerCpu === false ? withGpus : [...withGpus, machine];
  }

  async createNode(spec: NodeSpec, options: CallOptions = {}): Promise<ProviderNode> {
    await this.#creator.create(spec, options);
    const node = await this.getNode(spec.name).catch((cause: unknown) => {
      // The node is there, and must not look as if nothing had come of it.
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DockerAnswerLostError(`show the new node ${spec.name}`, reason, { cause });
    });
    if (node !== undefined) return node;
    throw localError(`expected node ${spec.name} to run, but somebody has removed it at once`, {
      retry: "later",
    });
  }

  async getNode(id: string, options: CallOptions = {}): Promise<ProviderNode | undefined> {
    // In this order: whoever creates a node makes the container before it removes the claim.
    const claim = await findClaim(this.#daemon, id, options);
    return this.#describe(id, claim, options);
  }

  async listNodes(namePrefix: string, options: CallOptions = {}): Promise<readonly ProviderNode[]> {
    const claims = new Map((await listClaims(this.#daemon, options)).map((claim) => [claim.name, claim]));
    const containers = await listContainers(this.#daemon, options);
    const names = new Set([...claims.keys(), ...containers.map(({ name }) => name)]);
    const wanted = [...names].filter((name) => name.startsWith(namePrefix));
    const nodes = wanted.map((name) => this.#describe(name, claims.get(name), options));
    return (await Promise.all(nodes)).filter((node) => node !== undefined);
  }

  async startNode(id: string, options: CallOptions = {}): Promise<void> {
    const { State: state } = await this.#require(id, options);
    if (state.Paused) await unpauseContainer(this.#daemon, id, options);
    else if (!state.Running) await runContainer(this.#daemon, id, options);
  }

  async stopNode(id: string, options: CallOptions = {}): Promise<void> {
    await this.#require(id, options);
    await stopContainer(this.#daemon, id, { ...options, graceSeconds: this.#graceSeconds });
  }

  async terminateNode(id: string, options: CallOptions = {}): Promise<void> {
    const claim = await findClaim(this.#daemon, id, options);
    if (claim !== undefined) await abortCreation(claim);
    await removeNode(this.#daemon, id, { ...options, graceSeconds: this.#graceSeconds });
    await removeAbandonedFolders(this.#daemon, options);
  }

  logs(id: string, options?: LogOptions): AsyncIterable<string> {
    return containerLog(this.#daemon, id, options);
  }

  readSecret(id: string, name: string, options: CallOptions = {}): Promise<string | undefined> {
    return readSecret(this.#daemon, id, name, options);
  }

  async #describe(name: string, claim: NodeClaim | undefined, options: CallOptions) {
    const container = await findContainer(this.#daemon, name, options);
    if (container !== undefined) return describeContainer(this.#daemon, name, container, options);
    if (claim === undefined) return undefined;
    const { pullTimeoutMs } = this.#creator;
    return describeClaim(claim, { progress: progressOf(claim), pullTimeoutMs });
  }

  async #require(id: string, options: CallOptions) {
    const container = await findContainer(this.#daemon, id, options);
    if (container !== undefined) return container;
    if ((await findClaim(this.#daemon, id, options)) === undefined) {
      throw localError(`expected a node ${id} at ${this.#daemon.endpoint.url}, but there is none`);
    }
    throw localError(
      `expected node ${id} to have its container, but it has none yet; wait, or terminate it`,
      {
        retry: "later",
      },
    );
  }

  async #chooseGpus({ offering, workload }: NodeSpec, options: CallOptions): Promise<readonly GpuDevice[]> {
    if (offering.gpuCount === 0) return [];
    const vramBytes = workload.requirements?.vramBytes?.(offering);
    return chooseGpus(offering, await this.#gpus(options), await this.#gpuUse(options), vramBytes);
  }

  /** Those of other machines are not seen from here. */
  async #gpus(options: CallOptions): Promise<readonly GpuDevice[]> {
    return isOnThisMachine(this.#daemon.endpoint) ? detectGpus(options) : [];
  }

  async #gpuUse(options: CallOptions): Promise<GpuUse> {
    const { minFreeGpuMemoryShare: minFreeShare } = this.#options;
    return { nodeCounts: await countGpuUse(this.#daemon, options), minFreeShare };
  }
}
