import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { allHandlers } from "./api/all-handlers.ts";
import { Api, type Reply } from "./api/api.ts";
import { type ApiKeys, Keys, type PodKeyScope } from "./api/keys.ts";
import { Pods } from "./api/pods.ts";
import { type QuotaLimits, Quotas } from "./api/quotas.ts";
import type { StoredRegistry, StoredVolume } from "./api/resources.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Fault } from "./faults/fault.ts";
import { FaultPlan, writeFaults } from "./faults/fault-plan.ts";
import { launchedPod, type Secrets } from "./launch/launched-pod.ts";
import type { PodLauncher } from "./launch/pod-launcher.ts";
import { PodRuns } from "./launch/pod-runs.ts";
import { readFacts, readWholeDocument } from "./openapi/document.ts";
import { Operations } from "./openapi/operations.ts";
import { Schemas } from "./openapi/schemas.ts";
import { podAddressOf } from "./proxy/pod-address.ts";
import { PodProxy } from "./proxy/pod-proxy.ts";
import { Journal } from "./world/journal.ts";
import { PodFolders } from "./world/pod-folders.ts";
import { ResourceFolder } from "./world/resource-folder.ts";
import { RunpodWorld } from "./world/runpod-world.ts";
import { type DataCenterStock, type GpuStock, someDataCenters, someGpus } from "./world/stock.ts";

export interface RunpodServerOptions {
  /** Holds the server's world. Servers of one folder, in any number of processes, have the same pods. */
  readonly directory: string;
  /** Default: the time that it is. */
  readonly clock?: Clock | undefined;
  /** Default: what {@link writeFaults} has left in the folder. */
  readonly faults?: readonly Fault[] | undefined;
  /** Default: a pod is files and nothing else. */
  readonly launcher?: PodLauncher | undefined;
  readonly gpus?: readonly GpuStock[] | undefined;
  readonly dataCenters?: readonly DataCenterStock[] | undefined;
  /** Default: one key, `STAND_IN_KEY`. */
  readonly keys?: ApiKeys | undefined;
  /** Default `own-pod`. */
  readonly podKeyScope?: PodKeyScope | undefined;
  /** What `{{ RUNPOD_SECRET_x }}` stands for in the environment of a pod. Default: nothing. */
  readonly secrets?: Secrets | undefined;
  /** Time by `clock` until a pod's container starts for the first time. Default 100. */
  readonly provisioningMs?: number | undefined;
  /** Time by `clock` that a container takes to start. Default 100. */
  readonly startingMs?: number | undefined;
  /** Real time without anything of an answer after which the proxy breaks it off. Default 100,000. */
  readonly proxyLimitMs?: number | undefined;
  /** Default: more than any test needs. */
  readonly quotas?: QuotaLimits | undefined;
}

/** One for all servers of a process: it is large. */
const document = readWholeDocument() ?? readFacts();
const operations = new Operations(document);
const schemas = new Schemas(document);

/**
 * RunPod for tests: REST v2, as much of GraphQL as tells whose a key is, and the proxy, over HTTP on 127.0.0.1. Its world is files, so
 * that it outlives every process. It never refuses what the real one would take, such as a name that it knows already.
 */
export class RunpodServer implements AsyncDisposable {
  /** All that happened, as nobody who uses the API can see. */
  readonly world: RunpodWorld;
  readonly #directory: string;
  readonly #folders: PodFolders;
  readonly #runs: PodRuns | undefined;
  readonly #server: Server;
  readonly #api: Api;
  readonly #proxy: PodProxy;

  static async start(options: RunpodServerOptions): Promise<RunpodServer> {
    const server = new RunpodServer(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    await promise;
    return server;
  }

  private constructor(options: RunpodServerOptions) {
    const {
      directory,
      clock = systemClock,
      launcher,
      gpus = someGpus,
      dataCenters = someDataCenters,
    } = options;
    if (options.faults !== undefined) writeFaults(directory, options.faults);
    const folders = new PodFolders(directory);
    const faults = new FaultPlan(directory);
    const host = { directory, secrets: options.secrets ?? {} };
    const runs = launcher && new PodRuns(folders, launcher, (history) => launchedPod(history, host));
    const pods = new Pods({ folders, clock, faults, runs });
    const surroundings = {
      pods,
      gpus,
      volumes: new ResourceFolder<StoredVolume>(directory, "network-volumes"),
      registries: new ResourceFolder<StoredRegistry>(directory, "registries"),
      provisioningMs: options.provisioningMs ?? 100,
      startingMs: options.startingMs ?? 100,
    };
    this.world = new RunpodWorld(directory, clock);
    this.#directory = directory;
    this.#folders = folders;
    this.#runs = runs;
    this.#proxy = new PodProxy(pods, options.proxyLimitMs);
    this.#api = new Api({
      clock,
      faults,
      keys: new Keys({
        directory,
        keys: options.keys,
        podKeyScope: options.podKeyScope,
        pods: folders,
        faults,
      }),
      quotas: new Quotas(directory, clock, options.quotas),
      journal: new Journal(directory),
      operations,
      schemas,
      handlers: allHandlers(surroundings, dataCenters),
    });
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(asError(error)));
    });
    // Only clients close idle connections, so that none sends a request on one that is being closed.
    this.#server.keepAliveTimeout = 0;
  }

  /** Where the API is; its paths begin with `/v2`. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("expected a server that listens");
    return `http://127.0.0.1:${address.port}`;
  }

  /** In the place of `https://{podId}-{port}.proxy.runpod.net`. */
  get proxyUrlTemplate(): string {
    return `${this.url}/proxy/{podId}-{port}`;
  }

  /** Where the proxy leads to a port of a pod. */
  proxyUrl(podId: string, containerPort: number): string {
    return this.proxyUrlTemplate.replace("{podId}", podId).replace("{port}", String(containerPort));
  }

  /** What goes wrong from now on. A fault that was in the plan before goes on where it was. */
  useFaults(faults: readonly Fault[]): void {
    writeFaults(this.#directory, faults);
  }

  /** Ends the programs of all pods, whatever state these are in. */
  endPrograms(): void {
    for (const { record } of this.#folders.all()) this.#runs?.end(record.id);
  }

  /** Breaks off what is under way. Pods and their programs live on. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/", headers } = request;
    const address = podAddressOf(url, headers.host);
    if (address !== undefined) return await this.#proxy.answer(address, request, response);
    const text = await textOf(request);
    const reply = await this.#api.reply({ method, url: new URL(url, "http://localhost"), headers, text });
    send(response, reply);
  }
}

function send(response: ServerResponse, { status, headers, body, stream, fate }: Reply): void {
  if (fate === "lost") {
    response.destroy();
    return;
  }
  if (stream !== undefined) {
    response.writeHead(status, { ...headers, "cache-control": "no-cache", "x-accel-buffering": "no" });
    response.flushHeaders();
    stream(response);
    return;
  }
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { ...headers, "content-length": bytes.length });
  if (fate === "breaks-off") response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  else response.end(bytes);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const part of request) text += part;
  return text;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
