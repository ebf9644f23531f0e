import type { Interruption } from "../points/generation.ts";
import { Aftermath, Followed, LONG_MS } from "./aftermath.ts";
import { CrashCase, type SavedCase, untilInterrupted } from "./crash-case.ts";
import type { CrashHarness } from "./crash-harness.ts";
import type { Finding } from "./finding.ts";
import { pointFailure } from "./point-failure.ts";
import type { ProviderFault } from "./provider-kind.ts";
import { killEverywhere, type Remains } from "./remains.ts";
import { type SecondKill, wakeLate } from "./run-case.ts";
import type { Scenario } from "./scenario.ts";
import type { StoreKind } from "./store-kind.ts";
import { upTo, type Which } from "./up-to.ts";

const ALL_SECONDS = ["recover", "operate"] as const;

/**
 * Every point of an operation with every interruption and every set of faults that it meets, and every point at which it is killed with every
 * point at which the one that comes next is killed, which recovers or does the operation.
 *
 * What a kill leaves is taken down at each point while the process stands still, instead of running up to each point anew, and cases go on
 * from there: a case is the state and the provider, since nothing else outlives a process. A case that gets to where another has been is
 * followed no further; see {@link Followed}.
 */
export async function sweepAll<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
): Promise<void> {
  const origin = await prepare(harness, scenario, stores);
  const finished = new Set<string>();
  for (const faults of harness.providers.faultSets) {
    await new FaultSweep({ harness, scenario, stores, faults, origin }, new Followed(finished)).run();
  }
}

/** What every case of a scenario begins with. */
export async function prepare<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
): Promise<SavedCase<Fault>> {
  await using crash = await CrashCase.create(harness.nextDirectory(), stores, harness.providers);
  const outcome = await crash.run((tools) => scenario.prepare(tools));
  if (outcome.kind === "completed") return await crash.save();
  const why = outcome.kind === "failed" ? outcome.error : outcome.kind;
  throw new Error(`expected to prepare ${scenario.name}, but ${why}`);
}

interface FaultSweepOptions<Fault extends ProviderFault> {
  readonly harness: CrashHarness<Fault>;
  readonly scenario: Scenario;
  readonly stores: StoreKind;
  readonly faults: readonly Fault[];
  readonly origin: SavedCase<Fault>;
}

/** The cases of one operation with one set of faults in one kind of store. */
export class FaultSweep<Fault extends ProviderFault> {
  readonly #options: FaultSweepOptions<Fault>;
  readonly #followed: Followed;

  constructor(options: FaultSweepOptions<Fault>, followed: Followed) {
    this.#options = options;
    this.#followed = followed;
  }

  /** Every point at which it is killed, and some at which `other` happens to it. */
  async runOnce(other: Exclude<Interruption, "kill">, which: Which): Promise<void> {
    const { origin, faults } = this.#options;
    const { remains, metFaults } = await this.#killEverywhere(origin, "operate");
    // What recovers may meet faults that the operation itself does not.
    for (const each of remains) await this.#follow(each, { at: each.at });
    if (faults.length === 0 || metFaults) await upTo((at) => this.interrupt(other, at), which);
  }

  /** Every point at which it is killed. */
  async runKills(): Promise<void> {
    const { remains } = await this.#killEverywhere(this.#options.origin, "operate");
    for (const each of remains) await this.#follow(each, { at: each.at });
  }

  /** Every point with every interruption, and every point at which it is killed with every point of what comes next, where it meets the faults. */
  async run(seconds: readonly SecondKill["task"][] = ALL_SECONDS): Promise<void> {
    const { origin, faults } = this.#options;
    const { remains, metFaults } = await this.#killEverywhere(origin, "operate");
    if (faults.length > 0 && !metFaults) return;
    for (const each of remains) await this.#follow(each, { at: each.at });
    await upTo((at) => this.interrupt("fail", at));
    await upTo((at) => this.interrupt("suspend", at));
    const first = await this.#distinct(remains);
    for (const task of seconds) {
      // At another account it is another deployment, which waits there for whoever has the key.
      if (task === "operate" && faults.some(({ kind }) => kind === "account-changed")) continue;
      for (const { at, saved } of first) {
        const { remains: second } = await this.#killEverywhere(saved, task, LONG_MS);
        for (const each of second) await this.#follow(each, { at, second: { task, killedAt: each.at } });
      }
    }
  }

  /** Takes down what a kill at each point of a task would leave, and what is left where nobody is killed. */
  async #killEverywhere(from: SavedCase<Fault>, task: SecondKill["task"], waitMs = 0) {
    const { scenario, faults } = this.#options;
    await using crash = await this.#open(from);
    crash.clock.advance(waitMs);
    const { remains, outcome } = await killEverywhere(crash, { scenario, task, faults });
    if (outcome.kind === "stuck") {
      const findings: Finding[] = [{ kind: "stuck", what: `the ${task} that nothing interrupted` }];
      this.#tally({ at: remains.length, findings, isKnown: false, point: undefined });
    }
    return { remains, metFaults: crash.world.faultCalls().length > 0 };
  }

  /** Follows what a kill has left, unless it is known what comes of that. */
  async #follow({ point, picture, saved }: Remains<Fault>, at: Pick<TalliedCase, "at" | "second">) {
    const isKnown = saved === undefined || (picture !== undefined && this.#followed.recovered.has(picture));
    if (isKnown) return this.#tally({ ...at, point, isKnown, findings: [] });
    await using crash = await this.#open(saved);
    const aftermath = this.#aftermathOf(crash);
    this.#tally({ ...at, point, isKnown: await aftermath.follow(), findings: aftermath.findings });
  }

  /** Interrupts the operation at a point, where it is suspended until all others have recovered; whether it has that point. */
  async interrupt(interruption: Interruption, at: number): Promise<boolean> {
    const { scenario, faults, origin } = this.#options;
    await using crash = await this.#open(origin);
    const aftermath = this.#aftermathOf(crash);
    const how = { faults, interruption, at, failure: pointFailure };
    const run = await crash.start((tools) => scenario.operate(tools), how);
    const outcome = await untilInterrupted(run);
    aftermath.noteIfStuck("the operation", outcome);
    const point = run.generation.reached[at - 1];
    const tally = (isKnown: boolean) =>
      this.#tally({ interruption, at, point, isKnown, findings: aftermath.findings });
    if (outcome.kind === "interrupted" && interruption === "suspend") {
      // Suspended there, it knows and finds what it would if it were suspended at the point before.
      if (at > 1 && run.generation.isAsBefore) {
        await crash.end(run);
        tally(true);
        return true;
      }
      await wakeLate(run, crash, aftermath);
    } else if (outcome.kind !== "stuck") await crash.end(run);
    tally(await aftermath.follow());
    return point !== undefined;
  }

  /** Of remains that are alike, the first. */
  async #distinct(remains: readonly Remains<Fault>[]) {
    const first = new Map<string, { readonly at: number; readonly saved: SavedCase<Fault> }>();
    for (const { at, picture, saved } of remains) {
      if (saved === undefined) continue;
      const known = picture ?? (await this.#pictureOf(saved));
      if (!first.has(known)) first.set(known, { at, saved });
    }
    return [...first.values()];
  }

  async #pictureOf(saved: SavedCase<Fault>): Promise<string> {
    await using crash = await this.#open(saved);
    return await crash.picture();
  }

  #open(saved: SavedCase<Fault>): Promise<CrashCase<Fault>> {
    const { harness, stores } = this.#options;
    return CrashCase.create(harness.nextDirectory(), stores, harness.providers, saved);
  }

  #aftermathOf(crash: CrashCase<Fault>): Aftermath<Fault> {
    const { scenario, faults } = this.#options;
    return new Aftermath({ scenario, faults, followed: this.#followed }, crash);
  }

  #tally({ interruption = "kill", at, second, ...result }: TalliedCase): void {
    const { harness, scenario, stores, faults } = this.#options;
    harness.tally.add({ scenario, stores, faults, interruption, at, second }, result);
  }
}

interface TalliedCase {
  readonly interruption?: Interruption;
  readonly at: number;
  readonly second?: SecondKill;
  readonly point: string | undefined;
  readonly isKnown: boolean;
  readonly findings: readonly Finding[];
}
