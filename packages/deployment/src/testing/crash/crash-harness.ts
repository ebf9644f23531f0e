import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fault as StandInFault } from "../stand-in/fault.ts";
import type { ProviderFault, ProviderKind } from "./provider-kind.ts";
import { type CaseResult, type CaseSpec, runCase, type SecondKill } from "./run-case.ts";
import { standInProviders } from "./stand-in-providers.ts";
import { Tally } from "./tally.ts";
import { upTo, type Which } from "./up-to.ts";

/** What is the same in all cases of an enumeration. */
export type CasesSpec<Fault extends ProviderFault> = Omit<CaseSpec<Fault>, "at" | "second">;

/** Runs cases, point by point. */
export class CrashHarness<Fault extends ProviderFault = StandInFault> implements AsyncDisposable {
  readonly tally = new Tally();
  /** For what outlasts a case. In memory where that is possible, since no case loses power. */
  readonly directory: string;
  readonly providers: ProviderKind<Fault>;
  #cases = 0;

  /** Over the stand-in that needs no server. */
  static create(): Promise<CrashHarness> {
    return CrashHarness.over(standInProviders);
  }

  static async over<Fault extends ProviderFault>(
    providers: ProviderKind<Fault>,
  ): Promise<CrashHarness<Fault>> {
    const parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    return new CrashHarness(await mkdtemp(join(parent, "conduit-crash-")), providers);
  }

  private constructor(directory: string, providers: ProviderKind<Fault>) {
    this.directory = directory;
    this.providers = providers;
  }

  /** Interrupts an operation at each of its points, or some of them, each time in the way that `specOf` says; how many it has. */
  async everyPoint(specOf: (at: number) => CasesSpec<Fault>, which: Partial<Which> = {}): Promise<number> {
    return upTo(async (at) => (await this.run({ ...specOf(at), at })).point !== undefined, which);
  }

  /**
   * Interrupts an operation at each of its points, and kills the process that comes next at each of its own, but for points that leave what
   * an earlier one has left.
   */
  async everyPair(task: SecondKill["task"], spec: CasesSpec<Fault>): Promise<void> {
    const killedFrom = new Set<string>();
    await upTo(async (at) => {
      const { point, picture } = await this.run({ ...spec, at });
      if (killedFrom.has(picture)) return point !== undefined;
      killedFrom.add(picture);
      await upTo(
        async (killedAt) => (await this.run({ ...spec, at, second: { task, killedAt } })).secondKilled,
      );
      return point !== undefined;
    });
  }

  async run(spec: CaseSpec<Fault>): Promise<CaseResult> {
    const result = await runCase(spec, this.nextDirectory(), this.providers);
    this.tally.add(spec, result);
    return result;
  }

  /** For the next case. */
  nextDirectory(): string {
    return join(this.directory, `case-${++this.#cases}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
