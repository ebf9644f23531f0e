import type { Clock } from "../clock.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import type { PodRuns } from "../launch/pod-runs.ts";
import type { PodFolders } from "../world/pod-folders.ts";
import type { PodHistory } from "../world/pod-record.ts";
import { type PodStatus, statusAt } from "../world/pod-status.ts";
import { podView } from "./pod-view.ts";
import { notFound } from "./problem.ts";

/** A pod that an account may look at. */
export interface FoundPod {
  readonly history: PodHistory;
  readonly status: PodStatus;
}

/** The pods as the API sees them: by account, visible or not, with their programs where they ought to be. */
export class Pods {
  readonly folders: PodFolders;
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly #runs: PodRuns | undefined;

  constructor(options: {
    readonly folders: PodFolders;
    readonly clock: Clock;
    readonly faults: FaultPlan;
    readonly runs: PodRuns | undefined;
  }) {
    this.folders = options.folders;
    this.clock = options.clock;
    this.faults = options.faults;
    this.#runs = options.runs;
  }

  /** Throws that there is no such pod, also while it is not visible yet. */
  async find(id: string, account: string): Promise<FoundPod> {
    await this.tend(id);
    const found = this.#look(id);
    if (found === undefined || !this.#isVisible(found, account)) throw notFound("pod");
    return found;
  }

  /** Those that there are and are visible, from the oldest on. */
  async list(account: string): Promise<FoundPod[]> {
    for (const { record } of this.folders.all()) await this.tend(record.id);
    return this.folders
      .all()
      .map(({ record }) => this.#look(record.id))
      .filter((found) => found !== undefined)
      .filter((found) => found.status !== "TERMINATED" && this.#isVisible(found, account));
  }

  /** Starts or ends a pod's program, as its state now demands. */
  async tend(id: string): Promise<void> {
    const state = () => {
      const history = this.folders.get(id);
      return history && { history, status: statusAt(history, this.clock.nowMs()) };
    };
    const before = state();
    if (this.#runs === undefined || before === undefined) return;
    await this.#runs.tend(before.history, before.status);
    // It may have been terminated while its program was started.
    const after = state();
    if (after !== undefined && after.status !== before.status) {
      await this.#runs.tend(after.history, after.status);
    }
  }

  view({ history, status }: FoundPod): object {
    return podView(history, status, this.clock.nowMs(), (port) => this.portOf(history, port));
  }

  /** A pod that something was done to, visible or not. */
  viewOf(id: string): object {
    const found = this.#look(id);
    if (found === undefined) throw notFound("pod");
    return this.view(found);
  }

  linesOf(id: string): string[] {
    return this.#runs?.linesOf(id) ?? [];
  }

  portOf(history: PodHistory, containerPort: number): number | undefined {
    return this.#runs?.portOf(history, containerPort);
  }

  #look(id: string): FoundPod | undefined {
    const history = this.folders.get(id);
    const status = history && statusAt(history, this.clock.nowMs());
    return status && { history, status };
  }

  #isVisible({ history: { record } }: FoundPod, account: string): boolean {
    return record.account === account && this.clock.nowMs() >= record.appearsAtMs;
  }
}
