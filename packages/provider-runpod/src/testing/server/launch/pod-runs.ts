import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { namesIn, noteOnce, readIfPresent, readNote } from "../world/files.ts";
import type { PodFolders } from "../world/pod-folders.ts";
import type { PodHistory } from "../world/pod-record.ts";
import { type PodStatus, startsOf } from "../world/pod-status.ts";
import type { LaunchedPod, PodLauncher } from "./pod-launcher.ts";

/** A run of a pod's program: which start of the pod it belongs to, and the how-manieth it is of that. */
interface Run {
  readonly start: number;
  readonly number: number;
  readonly folder: string;
}

/**
 * Runs of the pods' programs. Nothing watches them: whoever looks at a pod brings its program to where it ought to be. A program that has
 * ended by itself is started again, as RunPod does with a container that exits.
 */
export class PodRuns {
  readonly #pods: PodFolders;
  readonly #launcher: PodLauncher;
  readonly #launchedOf: (history: PodHistory) => LaunchedPod;

  constructor(pods: PodFolders, launcher: PodLauncher, launchedOf: (history: PodHistory) => LaunchedPod) {
    this.#pods = pods;
    this.#launcher = launcher;
    this.#launchedOf = launchedOf;
  }

  async tend(history: PodHistory, status: PodStatus | undefined): Promise<void> {
    const { id } = history.record;
    const shouldRun = status === "STARTING" || status === "RUNNING";
    const start = shouldRun ? startsOf(history) : undefined;
    const runs = this.#runsOf(id);
    for (const run of runs) if (run.start !== start) this.#launcher.end(run.folder);
    if (start === undefined) return;
    const last = runs.filter((run) => run.start === start).at(-1);
    if (last !== undefined && !this.#hasEnded(last)) return;
    const number = (last?.number ?? 0) + 1;
    // Of several processes that look at the pod, one starts it.
    if (!noteOnce(join(this.#claims(id), `${start}-${number}`), String(process.pid))) return;
    const folder = this.#runFolder(id, start, number);
    mkdirSync(folder);
    await this.#launcher.start(folder, this.#launchedOf(history));
  }

  /** The port of 127.0.0.1 where a pod's program answers for a port of its container, once it does. */
  portOf(history: PodHistory, containerPort: number): number | undefined {
    const run = this.#runsOf(history.record.id).at(-1);
    return run && this.#launcher.portOf(run.folder, containerPort);
  }

  /** What a pod's programs have written, line by line. */
  linesOf(id: string): string[] {
    const logs = this.#runsOf(id).map(({ folder }) => readIfPresent(join(folder, "log")) ?? "");
    // The end of a line that is being written comes later.
    return logs.flatMap((log) => log.split("\n").slice(0, -1));
  }

  end(id: string): void {
    for (const { folder } of this.#runsOf(id)) this.#launcher.end(folder);
  }

  /** From the oldest on. */
  #runsOf(id: string): Run[] {
    const runs = namesIn(this.#claims(id)).map((claim) => {
      const [start = 0, number = 0] = claim.split("-").map(Number);
      return { start, number, folder: this.#runFolder(id, start, number) };
    });
    return runs.sort((a, b) => a.start - b.start || a.number - b.number);
  }

  #hasEnded({ folder, start, number }: Run): boolean {
    const isAlive = this.#launcher.isAlive(folder);
    if (isAlive !== undefined) return !isAlive;
    // Whoever wanted to start it may have been killed before.
    const claim = readNote(join(folder, "..", "claims", `${start}-${number}`));
    return !isRunning(Number(claim));
  }

  #claims(id: string): string {
    const claims = join(this.#pods.folderOf(id), "claims");
    mkdirSync(claims, { recursive: true });
    return claims;
  }

  #runFolder(id: string, start: number, number: number): string {
    return join(this.#pods.folderOf(id), `${start}-${number}`);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
