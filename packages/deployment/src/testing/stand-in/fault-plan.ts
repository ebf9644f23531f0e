import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault, FaultKind, FaultOf } from "./fault.ts";
import type { Files } from "./files.ts";

const PLAN_FILE = "faults.json";
const COUNT_FOLDER = "fault-calls";

/** Decides which call goes wrong. What happened already is counted in files, so that a killed process takes no fault with it. */
export class FaultPlan {
  readonly #files: Files;
  readonly #faults: readonly Fault[];
  /** Calls of each fault that this process knows to be counted. */
  readonly #counted = new Map<number, number>();

  constructor(files: Files, faults: readonly Fault[]) {
    this.#files = files;
    this.#faults = faults;
  }

  /** Counts a call, and returns the fault of that kind which it suffers. */
  next<Kind extends FaultKind>(
    kind: Kind,
    concerns: (fault: FaultOf<Kind>) => boolean = () => true,
  ): FaultOf<Kind> | undefined {
    let suffered: FaultOf<Kind> | undefined;
    for (const [index, fault] of this.#faults.entries()) {
      if (isOfKind(fault, kind) && concerns(fault) && this.#count(index, fault)) suffered ??= fault;
    }
    return suffered;
  }

  /** Whether the call is one of those that go wrong. */
  #count(index: number, { kind, skip = 0, times = 1 }: Fault): boolean {
    let call = this.#counted.get(index) ?? 0;
    while (call < skip + times && !this.#files.noteOnce(`${COUNT_FOLDER}/${index}-${call}`, kind)) call++;
    this.#counted.set(index, call + 1);
    return call >= skip && call < skip + times;
  }
}

/** Leaves a plan for all processes that use the folder from then on. */
export function writeFaults(directory: string, faults: readonly Fault[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, PLAN_FILE), JSON.stringify(faults));
}

/** All calls that count for a fault of the folder's plan, as `<number of the fault>-<number of the call>`. */
export function countedCalls(files: Files): readonly string[] {
  return [...files.namesIn(COUNT_FOLDER)].sort();
}

/** The plan that {@link writeFaults} has left in the folder; no faults where there is none. */
export function readFaults(directory: string): readonly Fault[] {
  try {
    const faults: Fault[] = JSON.parse(readFileSync(join(directory, PLAN_FILE), "utf8"));
    return faults;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function isOfKind<Kind extends FaultKind>(fault: Fault, kind: Kind): fault is FaultOf<Kind> {
  return fault.kind === kind;
}
