import type { ProviderNodeStatus } from "@conduit/types";
import type { Clock } from "../clock.ts";
import { countedCalls } from "../faults/fault-plan.ts";
import { Journal, type JournalEntry } from "./journal.ts";
import { PodFolders } from "./pod-folders.ts";
import { THE_ACCOUNT } from "./pod-record.ts";
import { costAt, normalised, type PodStatus, rateAt, statusAt } from "./pod-status.ts";

/** A pod that there is, whether RunPod shows it yet or not. */
export interface LivingPod {
  readonly id: string;
  readonly name: string;
  readonly status: ProviderNodeStatus;
  readonly podStatus: PodStatus;
  /** Whether RunPod shows it. */
  readonly isVisible: boolean;
  /** Whether it will die without being asked to. */
  readonly willDie: boolean;
  readonly account: string;
  /** What it costs now, disks included. */
  readonly priceMicroDollarsPerHour: number;
}

/** All that happened at a stand-in, as nobody who uses it can see. */
export class RunpodWorld {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #pods: PodFolders;
  readonly #journal: Journal;

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
    this.#pods = new PodFolders(directory);
    this.#journal = new Journal(directory);
  }

  /** Pods that cost money. */
  living(): LivingPod[] {
    const nowMs = this.#clock.nowMs();
    return this.#pods.all().flatMap((history) => {
      const podStatus = statusAt(history, nowMs);
      const { id, account, request, appearsAtMs, dies } = history.record;
      if (podStatus === undefined || podStatus === "TERMINATED") return [];
      const isVisible = nowMs >= appearsAtMs;
      const willDie = dies !== undefined && dies.atMs > nowMs;
      return [
        {
          id,
          name: request.name,
          status: normalised[podStatus],
          podStatus,
          isVisible,
          willDie,
          account,
          priceMicroDollarsPerHour: rateAt(history, nowMs),
        },
      ];
    });
  }

  /** How often each name was created. */
  createdByName(): ReadonlyMap<string, number> {
    const created = new Map<string, number>();
    for (const { record } of this.#pods.all()) {
      created.set(record.request.name, (created.get(record.request.name) ?? 0) + 1);
    }
    return created;
  }

  /** The faults that have been counted, once for each call. */
  faultCalls(): readonly string[] {
    return countedCalls(this.#directory);
  }

  /** What all pods have cost so far, disks included. */
  costMicroDollars(): number {
    const nowMs = this.#clock.nowMs();
    return this.#pods.all().reduce((total, history) => total + costAt(history, nowMs), 0);
  }

  journal(): readonly JournalEntry[] {
    return this.#journal.entries();
  }

  /** What was wrong with any request by the OpenAPI document, one line each; tests expect none. */
  violations(): readonly string[] {
    return this.journal().flatMap(({ method, path, violations = [] }) =>
      violations.map((violation) => `${method} ${path}: ${violation}`),
    );
  }

  /** Ends a pod behind everyone's back. */
  kill(name: string): void {
    for (const pod of this.living()) {
      if (pod.name === name) this.#pods.terminate(pod.id, { atMs: this.#clock.nowMs(), lingersMs: 0 });
    }
  }

  /** A pod that nobody has asked for: what a lost database leaves, or another store. */
  plant(name: string): void {
    const nowMs = this.#clock.nowMs();
    this.#pods.add({
      account: THE_ACCOUNT,
      request: { name, image: "planted", gpu: { id: "NVIDIA L4", count: 1 } },
      dataCenterId: "US-KS-2",
      cudaVersion: null,
      createdAtMs: nowMs,
      appearsAtMs: nowMs,
      provisioningMs: 0,
      startingMs: 0,
      price: {
        gpusMicroDollarsPerHour: 400_000,
        runningDiskMicroDollarsPerHour: 0,
        stoppedDiskMicroDollarsPerHour: 0,
      },
    });
  }
}
