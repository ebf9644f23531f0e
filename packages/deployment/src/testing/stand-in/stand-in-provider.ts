import { join } from "node:path";
import {
  type CallOptions,
  type ComputeOffering,
  type ComputeProvider,
  type ComputeProviderName,
  type LogOptions,
  type NodeSpec,
  nodeEnvironment,
  type ProviderCapabilities,
  ProviderError,
  type ProviderErrorOptions,
  type ProviderNode,
} from "@conduit/types";
import type { Clock } from "../../clock.ts";
import { DiskFiles } from "./disk-files.ts";
import type { Fault } from "./fault.ts";
import { FaultPlan, readFaults } from "./fault-plan.ts";
import type { Files } from "./files.ts";
import { Journal } from "./journal.ts";
import { NodeFolders } from "./node-folders.ts";
import type { NodeLauncher } from "./node-launcher.ts";
import { type NodeHistory, statusAt, THE_ACCOUNT } from "./node-record.ts";
import { standInOfferings } from "./offerings.ts";

/** What the zero of the clock is in milliseconds since 1970. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

export interface StandInOptions {
  /** Holds the provider's world. Providers of one folder, in any number of processes, see the same nodes. */
  readonly directory: string;
  readonly clock: Pick<Clock, "nowMs">;
  /** The world, where it is not in the folder. */
  readonly files?: Files | undefined;
  /** Default `RUNPOD`. */
  readonly name?: ComputeProviderName | undefined;
  readonly capabilities?: Partial<ProviderCapabilities> | undefined;
  readonly offerings?: readonly ComputeOffering[] | undefined;
  /** Default: those that {@link writeFaults} has left in the folder. */
  readonly faults?: readonly Fault[] | undefined;
  /** Default: a node is files and nothing else. */
  readonly launcher?: NodeLauncher | undefined;
}

/**
 * A provider of machines that are folders on disk, so that its world outlives every process that uses it. It never refuses what a real
 * one would take, such as a name that it knows already: {@link StandInWorld} tells of that.
 */
export class StandInProvider implements ComputeProvider {
  readonly name: ComputeProviderName;
  readonly capabilities: ProviderCapabilities;
  readonly #directory: string;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #offerings: readonly ComputeOffering[];
  readonly #faults: FaultPlan;
  readonly #journal: Journal;
  readonly #nodes: NodeFolders;
  readonly #launcher: NodeLauncher | undefined;
  readonly #account: string;

  constructor(options: StandInOptions) {
    this.name = options.name ?? "RUNPOD";
    this.capabilities = {
      deploymentType: "CONTAINER",
      visibilityWindowMs: 5_000,
      canStop: true,
      canSelfTerminate: true,
      endsWithHolders: false,
      spot: false,
      ...options.capabilities,
    };
    this.#directory = options.directory;
    this.#clock = options.clock;
    this.#offerings = options.offerings ?? standInOfferings(this.name);
    const { files = new DiskFiles(options.directory), faults = readFaults(options.directory) } = options;
    this.#nodes = new NodeFolders(files);
    this.#faults = new FaultPlan(files, faults);
    this.#journal = new Journal(files);
    this.#launcher = options.launcher;
    this.#account = this.#faults.next("account-changed") === undefined ? THE_ACCOUNT : "another account";
  }

  scope(options?: CallOptions): Promise<string> {
    return this.#call("scope", undefined, options, async (account) => `${account} of ${this.#directory}`);
  }

  listOfferings(options?: CallOptions): Promise<readonly ComputeOffering[]> {
    return this.#call("listOfferings", undefined, options, async () => this.#offerings);
  }

  createNode(spec: NodeSpec, options?: CallOptions): Promise<ProviderNode> {
    return this.#call("createNode", spec.name, options, async (account) => {
      const { offering } = spec;
      const isOfThis = ({ offeringId = offering.id }) => offeringId === offering.id;
      if (this.#faults.next("create-refused", isOfThis) !== undefined) {
        throw this.#error(`no ${offering.id} is left`, { outcome: "none", retry: "next-offering" });
      }
      if (this.#faults.next("create-request-lost") !== undefined) throw this.#noAnswer();
      const history = this.#add(spec, account);
      await this.#launcher?.start(this.#folderOf(history.record.id), spec);
      if (this.#faults.next("create-answer-lost") !== undefined) throw this.#noAnswer();
      return this.#describe(history);
    });
  }

  getNode(id: string, options?: CallOptions): Promise<ProviderNode | undefined> {
    return this.#call("getNode", id, options, async (account) => {
      const history = this.#find(id, account);
      return history !== undefined && this.#isVisible(history) ? this.#describe(history) : undefined;
    });
  }

  listNodes(namePrefix: string, options?: CallOptions): Promise<readonly ProviderNode[]> {
    return this.#call("listNodes", namePrefix, options, async (account) => {
      if (this.#faults.next("list-fails") !== undefined) {
        throw this.#error("the list broke off in its middle", { outcome: "none", retry: "later" });
      }
      return this.#nodes
        .all()
        .filter(({ record }) => record.account === account && record.name.startsWith(namePrefix))
        .filter((history) => this.#isVisible(history))
        .map((history) => this.#describe(history));
    });
  }

  startNode(id: string, options?: CallOptions): Promise<void> {
    return this.#call("startNode", id, options, (account) => this.#changePower(id, account, "running"));
  }

  stopNode(id: string, options?: CallOptions): Promise<void> {
    return this.#call("stopNode", id, options, (account) => this.#changePower(id, account, "stopped"));
  }

  terminateNode(id: string, options?: CallOptions): Promise<void> {
    return this.#call("terminateNode", id, options, async (account) => {
      if (this.#faults.next("terminate-ignored") !== undefined) return;
      if (this.#find(id, account) !== undefined) {
        this.#nodes.terminate(id, this.#clock.nowMs());
        this.#launcher?.end(this.#folderOf(id));
      }
      if (this.#faults.next("terminate-answer-lost") !== undefined) throw this.#noAnswer();
    });
  }

  async *logs(id: string, options?: LogOptions): AsyncGenerator<string> {
    yield* await this.#call("logs", id, options, async () => [`node ${id} runs`]);
  }

  #add(spec: NodeSpec, account: string): NodeHistory {
    const createdAtMs = this.#clock.nowMs();
    const { maxLifetimeSeconds, offering } = spec;
    const death = this.#faults.next("node-dies");
    return this.#nodes.add({
      name: spec.name,
      account,
      offeringId: offering.id,
      createdAtMs,
      appearsAtMs: createdAtMs + (this.#faults.next("node-appears-late")?.delayMs ?? 0),
      priceMicroDollarsPerHour:
        offering.priceMicroDollarsPerHour + (this.#faults.next("price-raised")?.byMicroDollarsPerHour ?? 0),
      env: nodeEnvironment(spec),
      dies: death && { atMs: createdAtMs + death.afterMs, leaves: death.leaves },
      maxLifetimeMs: maxLifetimeSeconds && maxLifetimeSeconds * 1000,
    });
  }

  /** The node of that id, seen or not, if the account has it. */
  #find(id: string, account: string): NodeHistory | undefined {
    const history = this.#nodes.get(id);
    return history?.record.account === account ? history : undefined;
  }

  #isVisible(history: NodeHistory): boolean {
    const nowMs = this.#clock.nowMs();
    return nowMs >= history.record.appearsAtMs && statusAt(history, nowMs) !== undefined;
  }

  async #changePower(id: string, account: string, to: "stopped" | "running"): Promise<void> {
    const history = this.#find(id, account);
    const status = history && statusAt(history, this.#clock.nowMs());
    if (history === undefined || (status !== "running" && status !== "stopped")) {
      throw this.#error(`expected a node ${id} that can be ${to}, but it is ${status ?? "not there"}`, {
        outcome: "none",
        retry: "never",
      });
    }
    if (status !== to) this.#nodes.changePower(id, { atMs: this.#clock.nowMs(), to });
  }

  /** For the program of a node. */
  #folderOf(id: string): string {
    return join(this.#directory, this.#nodes.folderOf(id));
  }

  #describe(history: NodeHistory): ProviderNode {
    const { id, name, env, priceMicroDollarsPerHour, createdAtMs } = history.record;
    const status = statusAt(history, this.#clock.nowMs()) ?? "terminating";
    const folder = this.#folderOf(id);
    const described = { id, name, env, priceMicroDollarsPerHour, createdAtMs: EPOCH_MS + createdAtMs };
    if (status === "failed" || (status === "running" && this.#launcher?.isAlive(folder) === false)) {
      return { ...described, status: "failed", failure: "its program has ended" };
    }
    if (status !== "running") return { ...described, status };
    if (this.#launcher === undefined) return { ...described, status, baseUrl: `http://${id}.invalid` };
    return { ...described, status, baseUrl: this.#launcher.baseUrl(folder) };
  }

  /** Runs what a call does for the account that the key belongs to, and keeps a record of the call. */
  async #call<T>(
    call: keyof ComputeProvider,
    about: string | undefined,
    options: CallOptions | undefined,
    body: (account: string) => Promise<T>,
  ): Promise<T> {
    options?.signal?.throwIfAborted();
    const atMs = this.#clock.nowMs();
    try {
      if (this.#faults.next("unauthorized") !== undefined) {
        throw this.#error("status 401: the key is not valid", { outcome: "none", retry: "never" });
      }
      const result = await body(this.#account);
      this.#journal.append({ atMs, call, about });
      return result;
    } catch (error) {
      this.#journal.append({ atMs, call, about, failure: String(error) });
      throw error;
    }
  }

  #noAnswer(): ProviderError {
    return this.#error("the connection broke before an answer came", { outcome: "maybe", retry: "later" });
  }

  #error(message: string, options: Pick<ProviderErrorOptions, "outcome" | "retry">): ProviderError {
    return new ProviderError(message, { provider: this.name, ...options });
  }
}
