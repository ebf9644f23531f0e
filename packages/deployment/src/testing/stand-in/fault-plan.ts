import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault, FaultKind, FaultOf } from "./fault.ts";
import { namesIn, noteOnce } from "./files.ts";

const PLAN_FILE = "faults.json";
const COUNT_FOLDER = "fault-calls";

/** Decides which call goes wrong. What happened already is counted in files, so that a killed process takes no fault with it. */
export class FaultPlan {
  readonly #directory: string;
  readonly #faults: readonly Fault[];
  /** Calls of each fault that this process knows to be counted. */
  readonly #counted = new Map<number, number>();

  /** @param faults - Default: those that {@link writeFaults} has left in the folder. */
  constructor(directory: string, faults: readonly Fault[] = readFaults(directory)) {
    this.#directory = join(directory, COUNT_FOLDER);
    this.#faults = faults;
    mkdirSync(this.#directory, { recursive: true });
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
    while (call < skip + times && !noteOnce(join(this.#directory, `${index}-${call}`), kind)) call++;
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
export function countedCalls(directory: string): readonly string[] {
  return namesIn(join(directory, COUNT_FOLDER)).sort();
}

function readFaults(directory: string): readonly Fault[] {
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
