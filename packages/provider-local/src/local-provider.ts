import type {
  CallOptions,
  ComputeOffering,
  ComputeProvider,
  ListOfferingsOptions,
  LogOptions,
  NodeHold,
  NodeSpec,
  ProviderCapabilities,
  ProviderNode,
} from "@conduit/types";
import { DockerNodes } from "./docker/docker-nodes.ts";
import type { DockerOptions } from "./docker/docker-options.ts";
import { isDockerAtHand } from "./docker/endpoint/is-docker-at-hand.ts";
import type { LocalNodes } from "./local-nodes.ts";
import { ProcessNodes, type ProcessOptions } from "./process/process-nodes.ts";

/** How nodes run: as containers, as processes, or as containers where Docker is at hand and as processes elsewhere. */
export type LocalMode = "docker" | "process" | "auto";

export interface LocalProviderOptions extends ProcessOptions {
  /**
   * How nodes run. Default `"process"`. `"auto"` decides once, when the provider is made, and asks no daemon for it: Docker is at hand
   * where `docker.host`, `DOCKER_HOST` or a Docker context names a daemon, or this user may write to a Docker socket of this machine.
   */
  readonly mode?: LocalMode | undefined;
  /** What concerns containers only. */
  readonly docker?: DockerOptions | undefined;
}

/**
 * Runs nodes on this machine, as processes or as Docker containers.
 *
 * A process ends with the last process that holds it, and the one that creates it holds it from the start: that first hold is what
 * the first `holdNode` returns. A container goes on by itself; it ends by its limits, or when it is stopped or terminated.
 *
 * @example
 * ```ts
 * const provider = new LocalProvider({ mode: "docker" });
 * ```
 */
export class LocalProvider implements ComputeProvider {
  readonly name = "LOCAL";
  /** How nodes run, once decided. */
  readonly mode: Exclude<LocalMode, "auto">;
  /** Holds a node; present where nodes are processes. */
  readonly holdNode?: (id: string, options?: CallOptions) => Promise<NodeHold>;
  /** A secret of a node, which its description does not show. */
  readonly readSecret?: (id: string, name: string, options?: CallOptions) => Promise<string | undefined>;
  readonly #nodes: LocalNodes;

  constructor(options: LocalProviderOptions = {}) {
    const { mode = "process", docker = {}, ...processOptions } = options;
    this.mode = mode === "auto" ? (isDockerAtHand(docker) ? "docker" : "process") : mode;
    const { terminationGraceSeconds } = processOptions;
    const nodes: LocalNodes =
      this.mode === "docker"
        ? new DockerNodes({ ...docker, terminationGraceSeconds })
        : new ProcessNodes(processOptions);
    this.#nodes = nodes;
    if (nodes.holdNode !== undefined) this.holdNode = nodes.holdNode.bind(nodes);
    if (nodes.readSecret !== undefined) this.readSecret = nodes.readSecret.bind(nodes);
  }

  get capabilities(): ProviderCapabilities {
    return this.#nodes.capabilities;
  }

  scope(options?: CallOptions): Promise<string> {
    return this.#nodes.scope(options);
  }

  listOfferings(options?: ListOfferingsOptions): Promise<readonly ComputeOffering[]> {
    return this.#nodes.listOfferings(options);
  }

  createNode(spec: NodeSpec, options?: CallOptions): Promise<ProviderNode> {
    return this.#nodes.createNode(spec, options);
  }

  getNode(id: string, options?: CallOptions): Promise<ProviderNode | undefined> {
    return this.#nodes.getNode(id, options);
  }

  listNodes(namePrefix: string, options?: CallOptions): Promise<readonly ProviderNode[]> {
    return this.#nodes.listNodes(namePrefix, options);
  }

  startNode(id: string, options?: CallOptions): Promise<void> {
    return this.#nodes.startNode(id, options);
  }

  stopNode(id: string, options?: CallOptions): Promise<void> {
    return this.#nodes.stopNode(id, options);
  }

  terminateNode(id: string, options?: CallOptions): Promise<void> {
    return this.#nodes.terminateNode(id, options);
  }

  logs(id: string, options?: LogOptions): AsyncIterable<string> {
    return this.#nodes.logs(id, options);
  }
}
