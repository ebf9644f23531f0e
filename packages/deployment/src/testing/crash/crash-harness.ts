import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CaseResult, type CaseSpec, runCase, type SecondKill } from "./run-case.ts";
import { Tally } from "./tally.ts";
import { upTo, type Which } from "./up-to.ts";

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
