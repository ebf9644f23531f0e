import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn, noteOnce, readIfPresent } from "../world/files.ts";
import type { Fault, FaultKind, FaultOf } from "./fault.ts";

const PLAN_FILE = "faults.json";
const COUNT_FOLDER = "fault-calls";

/** Decides which call goes wrong. What happened already is counted in files, so that a killed process takes no fault with it. */
export class FaultPlan {
  readonly #directory: string;
  readonly #counts: string;
  /** Calls of each fault that this process knows to be counted. */
  readonly #counted = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
    this.#counts = join(directory, COUNT_FOLDER);
    mkdirSync(this.#counts, { recursive: true });
  }

  /** Counts a call, and returns the fault of that kind which it suffers. */
  next<Kind extends FaultKind>(
    kind: Kind,
    concerns: (fault: FaultOf<Kind>) => boolean = () => true,
  ): FaultOf<Kind> | undefined {
    let suffered: FaultOf<Kind> | undefined;
    for (const [index, fault] of readFaults(this.#directory).entries()) {
      if (isOfKind(fault, kind) && concerns(fault) && this.#count(index, fault)) suffered ??= fault;
    }
    return suffered;
  }

  /** Whether the call is one of those that go wrong. */
  #count(index: number, fault: Fault): boolean {
    const { kind, skip = 0, times = 1 } = fault;
    // Another plan may have another fault in its place, whose calls are others.
    const digest = createHash("sha256").update(JSON.stringify(fault)).digest("hex").slice(0, 8);
    const key = `${index}-${digest}`;
    let call = this.#counted.get(key) ?? 0;
    while (call < skip + times && !noteOnce(join(this.#counts, `${key}-${call}`), kind)) call++;
    this.#counted.set(key, call + 1);
    return call >= skip && call < skip + times;
  }
}

/** Leaves a plan for all processes that use the folder from now on. A fault that was in the plan before goes on where it was. */
export function writeFaults(directory: string, faults: readonly Fault[]): void {
  mkdirSync(directory, { recursive: true });
  const temporary = join(directory, `${PLAN_FILE}.${process.pid}`);
  writeFileSync(temporary, JSON.stringify(faults));
  renameSync(temporary, join(directory, PLAN_FILE));
}

/** All calls that count for a fault, as `<number of the fault>-<digest of the fault>-<number of the call>`. */
export function countedCalls(directory: string): readonly string[] {
  return namesIn(join(directory, COUNT_FOLDER)).sort();
}

function readFaults(directory: string): readonly Fault[] {
  const faults: readonly Fault[] = JSON.parse(readIfPresent(join(directory, PLAN_FILE)) ?? "[]");
  return faults;
}

function isOfKind<Kind extends FaultKind>(fault: Fault, kind: Kind): fault is FaultOf<Kind> {
  return fault.kind === kind;
}
