import { compare } from "./compare.ts";
import type { CrashCase, Outcome } from "./crash-case.ts";
import type { Finding } from "./finding.ts";
import type { ProviderFault } from "./provider-kind.ts";
import type { Scenario } from "./scenario.ts";

/** Longer than any lease, window or patience. */
export const LONG_MS = 600_000;
/** Recoveries after which nothing may be left to do. */
const MOST_RECOVERIES = 8;
/** How often an operation is tried again while faults are left. */
const MOST_REDOS = 4;

/**
 * Pictures from which it is known what comes of them with one scenario, one set of faults and one kind of store, whatever was interrupted
 * before: what follows starts from the store and the provider alone, when every lease is over, and what is left of the faults is in the
 * picture. A case that gets to one of these, before a recovery or after it, goes on as another did, whose findings are told already.
 */
export class Followed {
  /** What recovers, with these faults. */
  readonly recovered = new Set<string>();
  /** What recovers after the operation was done once more and no fault was left; these can be those of other sets of faults, too. */
  readonly finished: Set<string>;

  constructor(finished = new Set<string>()) {
    this.finished = finished;
  }
}

export interface AftermathSpec<Fault extends ProviderFault> {
  readonly scenario: Scenario;
  readonly faults: readonly Fault[];
  /** Default: every case is followed to its end. */
  readonly followed?: Followed | undefined;
}

/** What comes of a case after what was interrupted in it: others recover, the operation is done again, and all is compared. */
export class Aftermath<Fault extends ProviderFault> {
  readonly findings: Finding[] = [];
  readonly #spec: AftermathSpec<Fault>;
  readonly #crash: CrashCase<Fault>;

  constructor(spec: AftermathSpec<Fault>, crash: CrashCase<Fault>) {
    this.#spec = spec;
    this.#crash = crash;
  }

  /** Follows the case to its end; whether what comes of it is known from others. */
  async follow(): Promise<boolean> {
    const { faults, followed } = this.#spec;
    if (await this.settle(followed?.recovered)) return true;
    await this.#look();
    if (faults.length > 0) await this.#redo();
    await this.#finish();
    return false;
  }

  /**
   * Recovers until that changes nothing any more. What fails is tried again; only the last counts.
   *
   * @returns whether it came to a picture of `known`, to which all of its own are added.
   */
  async settle(known?: Set<string>): Promise<boolean> {
    return this.#settle(this.#spec.faults, known);
  }

  noteIfStuck(what: string, { kind }: Outcome): void {
    if (kind === "stuck") this.findings.push({ kind: "stuck", what });
  }

  requireCompleted(what: string, outcome: Outcome): void {
    if (outcome.kind === "completed") return;
    const why = outcome.kind === "failed" ? String(outcome.error) : `it was ${outcome.kind}`;
    this.findings.push({ kind: "unwanted", what: `expected ${what}, but ${why}` });
  }

  async #settle(faults: readonly Fault[], known = new Set<string>()): Promise<boolean> {
    const { scenario } = this.#spec;
    const least = faults.some(({ kind }) => kind === "account-changed") ? 4 : 2;
    const pictures = [await this.#crash.picture()];
    try {
      for (let count = 1; count <= MOST_RECOVERIES; count++) {
        const before = pictures.at(-1) ?? "";
        if (known.has(before)) return true;
        this.#crash.clock.advance(LONG_MS);
        const outcome = await this.#crash.run((tools) => scenario.recover(tools), { faults });
        this.noteIfStuck("a recovery", outcome);
        const picture = await this.#crash.picture();
        if (count >= least && picture === before) {
          this.requireCompleted("to recover", outcome);
          return false;
        }
        pictures.push(picture);
      }
    } finally {
      for (const picture of pictures) known.add(picture);
    }
    this.findings.push({ kind: "unwanted", what: `${MOST_RECOVERIES} recoveries were not enough` });
    return false;
  }

  /** Does the operation again, as long as that goes wrong because of what is left of the faults. */
  async #redo(): Promise<void> {
    const { scenario, faults } = this.#spec;
    for (let tries = 0; tries < MOST_REDOS; tries++) {
      const outcome = await this.#crash.run((tools) => scenario.operate(tools), { faults });
      this.noteIfStuck("to do it again", outcome);
      // What is to die dies.
      this.#crash.clock.advance(LONG_MS);
      if (outcome.kind === "completed") break;
    }
  }

  /** Does the operation when nothing goes wrong any more, and looks whether all is as it should be. */
  async #finish(): Promise<void> {
    const { scenario, followed } = this.#spec;
    const outcome = await this.#crash.run((tools) => scenario.operate(tools), { faults: [] });
    this.requireCompleted("to do it again", outcome);
    if (await this.#settle([], followed?.finished)) return;
    const content = await this.#look();
    const { world } = this.#crash;
    const wrongs = [...scenario.expect({ content, world }), ...(world.violations?.() ?? [])];
    for (const what of wrongs) this.findings.push({ kind: "unwanted", what });
  }

  async #look() {
    const { world } = this.#crash;
    const content = await this.#crash.content();
    const [living, createdByName] = [world.living(), world.createdByName()];
    this.findings.push(...compare({ content, living, createdByName }));
    return content;
  }
}
