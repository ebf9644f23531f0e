import { hostname } from "node:os";
import { join, resolve } from "node:path";
import {
  type CallOptions,
  type ComputeOffering,
  type LogOptions,
  type NodeHold,
  type NodeSpec,
  nodeEnvironment,
  type ProcessCommand,
  ProviderError,
  type ProviderNode,
} from "@conduit/types";
import { localError } from "../local-error.ts";
import type { LocalNodes } from "../local-nodes.ts";
import { requireNodeName } from "../node-name.ts";
import { machineIdentity, ownProcess } from "../process-identity.ts";
import { sleep } from "../sleep.ts";
import { thisMachine } from "../this-machine.ts";
import { holdBySocket, holdByStandardInput } from "./holders.ts";
import { launch, requireExecutable } from "./launch.ts";
import { NodeFolder } from "./node-folder.ts";
import { describeNode, inspectNode, type NodeInspection } from "./node-inspection.ts";
import { readLog } from "./node-log.ts";
import { readVariable } from "./read-environment.ts";
import {
  defaultRuntimeDirectory,
  ensureRuntimeDirectory,
  MAX_SOCKET_PATH_BYTES,
} from "./runtime-directory.ts";
import { sweep } from "./sweep.ts";
import { terminate } from "./terminate.ts";

const ORDERLY_END = "exit code 0";
const HOLD_RETRY_INTERVAL_MS = 50;
/** Longest time from a child's end until Node tells of it, on a busy machine. */
const END_NOTICE_PATIENCE_MS = 5_000;

/** Options of nodes that are processes. */
export interface ProcessOptions {
  /**
   * Folder of the nodes, on a disk of this machine. Providers of one folder see the same nodes. Default `$XDG_RUNTIME_DIR/conduit`,
   * or `conduit-<user id>` in the folder for temporary files.
   */
  readonly directory?: string | undefined;
  /** Longest time in seconds from a program's start until it listens for its holders. Default 30. */
  readonly startTimeoutSeconds?: number | undefined;
  /** Time in seconds that a program has for an orderly end when its node is terminated. Default 10. */
  readonly terminationGraceSeconds?: number | undefined;
}

/**
 * Runs nodes as processes of this machine that listen on loopback.
 *
 * A node ends with the last process that holds it, and the process that creates it holds it from the start. That first hold is
 * what the first {@link ProcessNodes.holdNode} of the node returns; when nobody asks for it, it lasts as long as the process.
 */
export class ProcessNodes implements LocalNodes {
  readonly capabilities = {
    deploymentType: "PROCESS",
    visibilityWindowMs: 0,
    canStop: false,
    canSelfTerminate: true,
    endsWithHolders: true,
    spot: false,
  } as const;

  readonly #directory: string;
  readonly #startTimeoutSeconds: number;
  readonly #terminationGraceSeconds: number;
  /** Holds from creation that nobody has asked for yet, by the node's name. */
  readonly #creatorHolds = new Map<string, NodeHold>();
  /** Ends of programs that this process started, written down by then. */
  readonly #ends = new Map<string, Promise<void>>();

  constructor(options: ProcessOptions = {}) {
    this.#directory = resolve(options.directory ?? defaultRuntimeDirectory());
    this.#startTimeoutSeconds = options.startTimeoutSeconds ?? 30;
    this.#terminationGraceSeconds = options.terminationGraceSeconds ?? 10;
  }

  async scope(options: CallOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    return `${hostname()}:${process.getuid?.() ?? ""}:${this.#directory}`;
  }

  async listOfferings(options: CallOptions = {}): Promise<readonly ComputeOffering[]> {
    options.signal?.throwIfAborted();
    return [thisMachine()];
  }

  createNode(spec: NodeSpec, options: CallOptions = {}): Promise<ProviderNode> {
    return this.#attempt(`create node ${spec.name}`, async () => {
      options.signal?.throwIfAborted();
      const folder = this.#folder(spec.name);
      const command = spec.workload.process;
      if (command === undefined) {
        throw localError(
          `expected the workload of ${spec.name} to say how to run as a process, but it is a container only`,
        );
      }
      requireShortPath(folder);
      await requireExecutable(command.executable);
      await this.#sweep();
      options.signal?.throwIfAborted();

      await folder.create({
        name: spec.name,
        createdAtMs: Date.now(),
        creator: await ownProcess(),
        machine: await machineIdentity(),
        env: nodeEnvironment({ ...spec, workload: { ...spec.workload, secretEnv: {} } }),
      });
      try {
        await this.#start(folder, command, nodeEnvironment(spec));
        const inspection = await this.#inspect(folder);
        if (inspection !== undefined) return await describeNode(inspection);
        throw localError(`expected node ${spec.name} to run, but it ended at once`);
      } catch (error) {
        await terminate(folder, this.#terminationGraceSeconds, undefined);
        throw error;
      }
    });
  }

  getNode(id: string, options: CallOptions = {}): Promise<ProviderNode | undefined> {
    return this.#attempt(`look at node ${id}`, async () => {
      options.signal?.throwIfAborted();
      const inspection = await this.#inspect(this.#folder(id));
      return inspection === undefined ? undefined : describeNode(inspection);
    });
  }

  listNodes(namePrefix: string, options: CallOptions = {}): Promise<readonly ProviderNode[]> {
    return this.#attempt("list local nodes", async () => {
      const nodes: ProviderNode[] = [];
      for (const folder of await this.#sweep()) {
        options.signal?.throwIfAborted();
        if (!folder.name.startsWith(namePrefix)) continue;
        const inspection = await this.#inspect(folder);
        if (inspection !== undefined) nodes.push(await describeNode(inspection));
      }
      return nodes;
    });
  }

  /** @throws ProviderError always: a process that has ended does not come back. */
  async startNode(id: string): Promise<void> {
    throw localError(
      `expected a provider that can start node ${id} again, but a process cannot; create another node`,
    );
  }

  /** @throws ProviderError always: a process cannot be stopped without ending it. */
  async stopNode(id: string): Promise<void> {
    throw localError(
      `expected a provider that can stop node ${id}, but a process can only end; terminate it`,
    );
  }

  terminateNode(id: string, options: CallOptions = {}): Promise<void> {
    return this.#attempt(`terminate node ${id}`, () =>
      terminate(this.#folder(id), this.#terminationGraceSeconds, options.signal),
    );
  }

  readSecret(id: string, name: string, options: CallOptions = {}): Promise<string | undefined> {
    return this.#attempt(`read a secret of node ${id}`, async () => {
      options.signal?.throwIfAborted();
      const program = (await this.#inspect(this.#folder(id)))?.process;
      return program && readVariable(program, name);
    });
  }

  async *logs(id: string, options: LogOptions = {}): AsyncGenerator<string> {
    const folder = this.#folder(id);
    const isOver = async () => options.follow !== true || (await inspectNode(folder))?.alive !== true;
    yield* readLog(folder.logFile, { tailLines: options.tailLines, isOver, signal: options.signal });
  }

  holdNode(id: string, options: CallOptions = {}): Promise<NodeHold> {
    return this.#attempt(`hold node ${id}`, async () => {
      options.signal?.throwIfAborted();
      const creatorHold = this.#creatorHolds.get(id);
      if (creatorHold !== undefined) {
        this.#creatorHolds.delete(id);
        return creatorHold;
      }
      return this.#holdBySocket(this.#folder(id), options.signal);
    });
  }

  async #holdBySocket(folder: NodeFolder, signal: AbortSignal | undefined): Promise<NodeHold> {
    const timeout = AbortSignal.timeout(this.#startTimeoutSeconds * 1000);
    const waiting = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      for (;;) {
        const hold = await holdBySocket(folder.holdersSocket, waiting);
        if (hold !== undefined) return hold;
        if ((await inspectNode(folder))?.alive !== true) {
          throw localError(`expected node ${folder.name} to live, but it has ended; create another`, {
            retry: "later",
          });
        }
        await sleep(HOLD_RETRY_INTERVAL_MS, waiting);
      }
    } catch (error) {
      if (error !== timeout.reason || signal?.aborted === true) throw error;
      throw localError(
        `expected node ${folder.name} to take note of its holder within ${this.#startTimeoutSeconds} s, but it did not`,
        { cause: error, retry: "later" },
      );
    }
  }

  async #start(folder: NodeFolder, command: ProcessCommand, env: Readonly<Record<string, string>>) {
    const { child, exit } = await launch(folder, command, env).catch(async (error) => {
      await folder.remove();
      throw error;
    });
    this.#creatorHolds.set(folder.name, holdByStandardInput(child));
    const ended = exit.then(async (how) => {
      this.#creatorHolds.delete(folder.name);
      // An orderly end needs no explanation. Neither way is there anybody to tell that it failed.
      await (how === ORDERLY_END ? folder.remove() : folder.markEnded(how)).catch(() => {});
      this.#ends.delete(folder.name);
    });
    this.#ends.set(folder.name, ended);
  }

  /** Like {@link inspectNode}, but an end that is not written down yet is waited for. */
  async #inspect(folder: NodeFolder): Promise<NodeInspection | undefined> {
    // Asked for first: an end that is written down meanwhile may be too late for the inspection, and is no longer kept then.
    const ended = this.#ends.get(folder.name);
    const inspection = await inspectNode(folder);
    if (inspection?.alive !== false || ended === undefined) return inspection;
    await Promise.race([ended, sleep(END_NOTICE_PATIENCE_MS)]);
    return inspectNode(folder);
  }

  #folder(name: string): NodeFolder {
    requireNodeName(name);
    return new NodeFolder(join(this.#directory, "nodes"), name);
  }

  async #sweep(): Promise<readonly NodeFolder[]> {
    const nodes = join(this.#directory, "nodes");
    await ensureRuntimeDirectory(this.#directory);
    await ensureRuntimeDirectory(nodes);
    return sweep(nodes);
  }

  /** What the system refuses becomes a {@link ProviderError}. */
  async #attempt<T>(what: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error) || error instanceof ProviderError) throw error;
      throw localError(`expected to ${what}, but: ${error.message}`, { cause: error });
    }
  }
}

function requireShortPath(folder: NodeFolder): void {
  const length = Buffer.byteLength(folder.holdersSocket);
  if (length <= MAX_SOCKET_PATH_BYTES) return;
  throw localError(
    `expected the path of a Unix socket to have at most ${MAX_SOCKET_PATH_BYTES} bytes, but ${folder.holdersSocket} has ${length}; ` +
      "give LocalProvider a directory with a shorter path",
  );
}
