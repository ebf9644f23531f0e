import type { ProviderNodeStatus } from "@conduit/types";
import type { Clock } from "../../clock.ts";
import { DiskFiles } from "./disk-files.ts";
import { countedCalls } from "./fault-plan.ts";
import type { Files } from "./files.ts";
import { Journal, type JournalEntry } from "./journal.ts";
import { NodeFolders } from "./node-folders.ts";
import { costAt, statusAt, THE_ACCOUNT } from "./node-record.ts";

/** A node that there is, whether the provider shows it yet or not. */
export interface LivingNode {
  readonly id: string;
  readonly name: string;
  readonly status: ProviderNodeStatus;
  /** Whether the provider shows it. */
  readonly isVisible: boolean;
  /** Whether it will die without being asked to. */
  readonly willDie: boolean;
  /** Whose it is, where there are several. */
  readonly account?: string | undefined;
  /** What it costs while it runs, where that is known. */
  readonly priceMicroDollarsPerHour?: number | undefined;
}

/** All that happened at a stand-in, as nobody who uses it can see. */
export class StandInWorld {
  readonly #files: Files;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #nodes: NodeFolders;
  readonly #journal: Journal;

  /** @param files - The world's. Default: those of the folder. */
  constructor(directory: string, clock: Pick<Clock, "nowMs">, files: Files = new DiskFiles(directory)) {
    this.#files = files;
    this.#clock = clock;
    this.#nodes = new NodeFolders(files);
    this.#journal = new Journal(files);
  }

  /** Nodes that cost money, or would if they ran. */
  living(): LivingNode[] {
    const nowMs = this.#clock.nowMs();
    return this.#nodes.all().flatMap((history) => {
      const status = statusAt(history, nowMs);
      const { id, name, account, appearsAtMs, dies, priceMicroDollarsPerHour } = history.record;
      if (status === undefined) return [];
      const isVisible = nowMs >= appearsAtMs;
      const willDie = dies !== undefined && dies.atMs > nowMs;
      return [{ id, name, status, isVisible, willDie, account, priceMicroDollarsPerHour }];
    });
  }

  /** How often each name was created. */
  createdByName(): ReadonlyMap<string, number> {
    const created = new Map<string, number>();
    for (const { record } of this.#nodes.all()) created.set(record.name, (created.get(record.name) ?? 0) + 1);
    return created;
  }

  /** Numbers of the faults that have been counted, once for each call. */
  faultCalls(): readonly string[] {
    return countedCalls(this.#files);
  }

  /** What all nodes have cost so far. */
  costMicroDollars(): number {
    const nowMs = this.#clock.nowMs();
    return this.#nodes.all().reduce((total, history) => total + costAt(history, nowMs), 0);
  }

  journal(): readonly JournalEntry[] {
    return this.#journal.entries();
  }

  /** Ends a node behind everyone's back. */
  kill(name: string): void {
    for (const node of this.living()) {
      if (node.name === name) this.#nodes.terminate(node.id, this.#clock.nowMs());
    }
  }

  /** A node that nobody has asked for: what a lost database leaves, or another store. */
  plant(name: string): void {
    const nowMs = this.#clock.nowMs();
    this.#nodes.add({
      name,
      account: THE_ACCOUNT,
      offeringId: "small",
      createdAtMs: nowMs,
      appearsAtMs: nowMs,
      priceMicroDollarsPerHour: 400_000,
      env: {},
    });
  }
}
