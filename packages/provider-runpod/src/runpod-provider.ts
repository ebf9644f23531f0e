import type {
  CallOptions,
  ComputeOffering,
  ComputeProvider,
  ListOfferingsOptions,
  LogOptions,
  NodeSpec,
  ProviderCapabilities,
  ProviderNode,
  ProviderNodeStatus,
} from "@conduit/types";
import { readAccountId } from "./account.ts";
import { RunpodApi } from "./api/runpod-api.ts";
import { Pod, PodList } from "./api/wire.ts";
import { RunpodKeyInvalidError } from "./errors/runpod-key-invalid-error.ts";
import { RunpodKeyMissingError } from "./errors/runpod-key-missing-error.ts";
import { RunpodMachineGoneError } from "./errors/runpod-machine-gone-error.ts";
import { RunpodRefusedError } from "./errors/runpod-refused-error.ts";
import { RunpodSpotError } from "./errors/runpod-spot-error.ts";
import { dataCenterIdsOf } from "./offerings/data-centers.ts";
import { listOfferings } from "./offerings/list-offerings.ts";
import { type Pause, pause } from "./pause.ts";
import { createPodBody, secretsOf } from "./pods/create-pod-body.ts";
import { describePod, lacksGpus, WITHOUT_GPUS } from "./pods/describe-pod.ts";
import { podLogs } from "./pods/pod-logs.ts";
import { meaningOf } from "./pods/pod-status.ts";
import { requirePod } from "./pods/require-pod.ts";
import type { RunpodProviderOptions } from "./runpod-options.ts";

const API_URL = "https://api.runpod.io";
const PROXY_URL = "https://{podId}-{port}.proxy.runpod.net";
const TIMEOUT_MS = 60_000;
const VISIBILITY_WINDOW_MS = 30_000;

/** As much of a failed pod's log as is told with its failure. */
const FAILURE_TAIL_LINES = 20;

/** What RunPod's older APIs call a spot pod. */
const SPOT_OPTIONS = ["spot", "interruptible", "bidPerGpu"];

/**
 * Rents GPUs of RunPod, through its REST API v2. A node is a pod; its id is the pod's.
 *
 * @example
 * ```ts
 * const provider = new RunpodProvider({ dataCenterIds: ["EU-RO-1"] });
 * ```
 */
export class RunpodProvider implements ComputeProvider {
  readonly name = "RUNPOD";
  readonly capabilities: ProviderCapabilities;
  readonly #options: RunpodProviderOptions;
  readonly #api: RunpodApi;
  readonly #proxyUrl: string;
  readonly #pause: Pause;
  #accountId: string | undefined;

  /** @throws RunpodKeyMissingError, RunpodKeyInvalidError, RunpodSpotError */
  constructor(options: RunpodProviderOptions = {}) {
    const { RUNPOD_API_KEY, RUNPOD_API_URL, RUNPOD_PROXY_URL } = process.env;
    const apiKey = (options.apiKey ?? RUNPOD_API_KEY)?.trim();
    if (!apiKey) throw new RunpodKeyMissingError();
    // What refuses it later would repeat it.
    if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new RunpodKeyInvalidError();
    const spotOption = Object.keys(options.overrides ?? {}).find((name) => SPOT_OPTIONS.includes(name));
    if (spotOption !== undefined) throw new RunpodSpotError(`${spotOption} among the option overrides`);
    this.#options = options;
    this.#accountId = options.accountId;
    this.#pause = options.pause ?? pause;
    this.#api = new RunpodApi({
      apiKey,
      apiUrl: options.apiUrl ?? RUNPOD_API_URL ?? API_URL,
      timeoutMs: TIMEOUT_MS,
      pause: this.#pause,
      nowMs: options.nowMs ?? Date.now,
    });
    this.#proxyUrl = options.proxyUrl ?? RUNPOD_PROXY_URL ?? PROXY_URL;
    this.capabilities = {
      deploymentType: "CONTAINER",
      visibilityWindowMs: options.visibilityWindowMs ?? VISIBILITY_WINDOW_MS,
      canStop: true,
      stopReleasesMachine: true,
      // They are told how, see `endRequests`.
      canSelfTerminate: true,
      endsWithHolders: false,
      spot: false,
    };
  }

  /** The account, never its key: all keys of an account see the same pods. */
  async scope(options: CallOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    this.#accountId ??= await readAccountId(this.#api, options);
    return `runpod:${this.#accountId}`;
  }

  async listOfferings(options: ListOfferingsOptions = {}): Promise<readonly ComputeOffering[]> {
    const dataCenterIds = await dataCenterIdsOf(this.#api, this.#options, options);
    return listOfferings({ api: this.#api, options: this.#options, dataCenterIds }, options);
  }

  async createNode(spec: NodeSpec, options: CallOptions = {}): Promise<ProviderNode> {
    const pod = await this.#api.ask(
      {
        kind: "create",
        what: `create pod ${spec.name} on ${spec.offering.id}`,
        method: "POST",
        path: "/v2/pods",
        body: createPodBody(spec, this.#options, this.#api.url),
        secrets: secretsOf(spec, this.#options),
      },
      Pod,
      options,
    );
    return (await describePod(pod, this.#proxyUrl)) ?? { id: pod.id, name: pod.name, status: "terminating" };
  }

  async getNode(id: string, options: CallOptions = {}): Promise<ProviderNode | undefined> {
    const pod = await this.#findPod(id, options);
    return pod && this.#describe(pod, options);
  }

  async listNodes(namePrefix: string, options: CallOptions = {}): Promise<readonly ProviderNode[]> {
    const { pods } = await this.#api.ask(
      { kind: "read", what: "list its pods", method: "GET", path: "/v2/pods" },
      PodList,
      options,
    );
    const wanted = pods.filter(({ name }) => name.startsWith(namePrefix));
    const nodes = await Promise.all(
      wanted.map(async (pod) => this.#describe(await requirePod(pod), options)),
    );
    return nodes.filter((node) => node !== undefined);
  }

  /** @throws RunpodMachineGoneError when its GPUs went to somebody else while it was stopped. */
  async startNode(id: string, options: CallOptions = {}): Promise<void> {
    let pod: Pod;
    try {
      pod = await this.#act(id, "start", options);
    } catch (error) {
      if (isRefusal(error, 409)) {
        const status = await this.#statusOf(id, options);
        if (status === "running" || status === "creating") return;
      }
      if (isRefusal(error, 400, 404, 409)) {
        throw new RunpodMachineGoneError(id, `RunPod answered ${error.status}: ${error.reason}`, {
          cause: error,
        });
      }
      throw error;
    }
    if (lacksGpus(pod)) throw new RunpodMachineGoneError(id, WITHOUT_GPUS);
  }

  /** Stops a pod, which keeps its volume, at a price, but not its GPUs: others may have them when it is to start again. */
  async stopNode(id: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.#act(id, "stop", options);
    } catch (error) {
      if (isRefusal(error, 409) && (await this.#statusOf(id, options)) === "stopped") return;
      throw error;
    }
  }

  async terminateNode(id: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.#api.tell(
        { kind: "end", what: `terminate pod ${id}`, method: "DELETE", path: podPath(id) },
        options,
      );
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
    }
  }

  logs(id: string, options: LogOptions = {}): AsyncIterable<string> {
    return podLogs(
      {
        api: this.#api,
        podId: id,
        getNode: (callOptions) => this.getNode(id, callOptions),
        pause: this.#pause,
        logPause: this.#options.logPause ?? pause,
      },
      options,
    );
  }

  /** A pod as a node, with the end of its log where it failed. */
  async #describe(pod: Pod, { signal }: CallOptions): Promise<ProviderNode | undefined> {
    const node = await describePod(pod, this.#proxyUrl);
    if (node?.failure === undefined) return node;
    const tail: string[] = [];
    try {
      for await (const line of this.logs(pod.id, { tailLines: FAILURE_TAIL_LINES, signal })) tail.push(line);
    } catch {
      // That it failed counts, with or without its log.
      signal?.throwIfAborted();
    }
    return { ...node, failure: [node.failure, ...tail].join("\n") };
  }

  #act(id: string, action: "start" | "stop", options: CallOptions): Promise<Pod> {
    return this.#api.ask(
      {
        kind: "change",
        what: `${action} pod ${id}`,
        method: "POST",
        path: `${podPath(id)}/action`,
        body: { action },
      },
      Pod,
      options,
    );
  }

  async #findPod(id: string, options: CallOptions): Promise<Pod | undefined> {
    try {
      return await this.#api.ask(
        { kind: "read", what: `describe pod ${id}`, method: "GET", path: podPath(id) },
        Pod,
        options,
      );
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  async #statusOf(id: string, options: CallOptions): Promise<ProviderNodeStatus | undefined> {
    const pod = await this.#findPod(id, options);
    return pod && meaningOf(pod.status).status;
  }
}

function podPath(id: string): string {
  return `/v2/pods/${encodeURIComponent(id)}`;
}

/** Whether RunPod itself has refused with one of the statuses: what a proxy says of a pod counts for nothing. */
function isRefusal(error: unknown, ...statuses: readonly number[]): error is RunpodRefusedError {
  return RunpodRefusedError.isInstance(error) && error.isOfRunpod && statuses.includes(error.status);
}
