import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CaseResult, type CaseSpec, runCase, type SecondKill } from "./run-case.ts";
import { Tally } from "./tally.ts";

/** Points, one after another, that a case may lack before there are no more: faults make a case longer or shorter. */
const LACKING_POINTS = 2;

/** What is the same in all cases of an enumeration. */
export type CasesSpec = Omit<CaseSpec, "at" | "second">;

/** Runs cases, point by point. */
export class CrashHarness implements AsyncDisposable {
  readonly tally = new Tally();
  /** For what outlasts a case. In memory where that is possible, since no case loses power. */
  readonly directory: string;
  #cases = 0;

  static async create(): Promise<CrashHarness> {
    const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    return new CrashHarness(await mkdtemp(join(parent, "conduit-crash-")));
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Interrupts an operation at each of its points, or some of them, each time in the way that `specOf` says; how many it has. */
  async everyPoint(specOf: (at: number) => CasesSpec, which: Partial<Which> = {}): Promise<number> {
    return upTo(async (at) => (await this.run({ ...specOf(at), at })).point !== undefined, which);
  }

  /**
   * Interrupts an operation at each of its points, and kills the process that comes next at each of its own. Where the specification has
   * `known`, points that leave what an earlier one has left are followed no further.
   */
  async everyPair(task: SecondKill["task"], spec: CasesSpec): Promise<void> {
    await upTo(async (at) => {
      const { point, isKnown } = await this.run({ ...spec, at });
      if (isKnown) return point !== undefined;
      await upTo(
        async (killedAt) => (await this.run({ ...spec, at, second: { task, killedAt } })).secondKilled,
      );
      return point !== undefined;
    });
  }

  /** Whether an operation that nothing interrupts, or what recovers from it, meets one of the faults. */
  async meets(spec: Omit<CasesSpec, "interruption" | "known">): Promise<boolean> {
    const uninterrupted = { ...spec, interruption: "kill", at: Number.POSITIVE_INFINITY } as const;
    return (await this.run(uninterrupted)).metFaults;
  }

  async run(spec: CaseSpec): Promise<CaseResult> {
    const result = await runCase(spec, join(this.directory, `case-${++this.#cases}`));
    this.tally.add(spec, result);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Which points of an operation. */
export interface Which {
  /** Number of the first, from 1 on. Default 1. */
  readonly first: number;
  /** Distance from one to the next. Default 1. */
  readonly step: number;
}

/** Counts for as long as there is a point of that number; the last that there is. */
async function upTo(
  isThere: (at: number) => Promise<boolean>,
  { first = 1, step = 1 }: Partial<Which> = {},
): Promise<number> {
  let last = 0;
  for (let at = first; at - last <= LACKING_POINTS * step; at += step) if (await isThere(at)) last = at;
  return last;
}
