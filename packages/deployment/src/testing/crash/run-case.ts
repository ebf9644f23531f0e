import type { Interruption } from "../points/generation.ts";
import { compare } from "./compare.ts";
import { CrashCase, type Outcome, untilEnded, untilInterrupted } from "./crash-case.ts";
import type { Finding } from "./finding.ts";
import { pictureOf } from "./picture.ts";
import { pointFailure } from "./point-failure.ts";
import type { ProviderFault, ProviderKind } from "./provider-kind.ts";
import type { Scenario } from "./scenario.ts";
import { readContent } from "./store-content.ts";
import type { StoreKind } from "./store-kind.ts";

/** Longer than any lease, window or patience. */
const LONG_MS = 600_000;
/** Recoveries after which nothing may be left to do. */
const MOST_RECOVERIES = 8;
/** How often an operation is tried again while faults are left. */
const MOST_REDOS = 4;

export interface CaseSpec<Fault extends ProviderFault> {
  readonly scenario: Scenario;
  readonly stores: StoreKind;
  readonly faults: readonly Fault[];
  readonly interruption: Interruption;
  /** Point of the operation at which it is interrupted, from 1 on. */
  readonly at: number;
  /** What the process does that comes next, and its point at which it is killed. Default: nothing. */
  readonly second?: SecondKill | undefined;
  /**
   * Pictures from which it is known what comes of them with this scenario, the same faults and the same kind of store: a case that gets to
   * one of these is over. Default: every case is followed to its end.
   */
  readonly known?: Set<string> | undefined;
}

export interface SecondKill {
  readonly task: "recover" | "operate";
  /** From 1 on. */
  readonly killedAt: number;
}

export interface CaseResult {
  /** The point that was interrupted; `undefined` where the operation has fewer. */
  readonly point: string | undefined;
  /** Whether the process that came next got as far as where it was to be killed. */
  readonly secondKilled: boolean;
  /** Whether a fault of the provider could have happened by then. */
  readonly metFaults: boolean;
  /** Whether it is known from another case what comes of this one. */
  readonly isKnown: boolean;
  readonly findings: readonly Finding[];
}

/** Interrupts an operation at one point, lets others recover, and compares what is left; does it again, and compares once more. */
export async function runCase<Fault extends ProviderFault>(
  spec: CaseSpec<Fault>,
  directory: string,
  providers: ProviderKind<Fault>,
): Promise<CaseResult> {
  await using crash = await CrashCase.create(directory, spec.stores, providers);
  return await new CaseRun(spec, crash).result();
}

class CaseRun<Fault extends ProviderFault> {
  readonly #spec: CaseSpec<Fault>;
  readonly #crash: CrashCase<Fault>;
  readonly #findings: Finding[] = [];

  constructor(spec: CaseSpec<Fault>, crash: CrashCase<Fault>) {
    this.#spec = spec;
    this.#crash = crash;
  }

  async result(): Promise<CaseResult> {
    const { scenario, faults, interruption, at, known } = this.#spec;
    const prepared = await this.#crash.run((tools) => scenario.prepare(tools), { faults: [] });
    this.#requireCompleted("to prepare", prepared);
    const operation = await this.#crash.start((tools) => scenario.operate(tools), {
      faults,
      interruption,
      at,
      failure: pointFailure,
    });
    const outcome = await untilInterrupted(operation);
    this.#noteIfStuck("the operation", outcome);
    const isSuspended = outcome.kind === "interrupted" && interruption === "suspend";
    if (!isSuspended && outcome.kind !== "stuck") await this.#crash.end(operation);
    const secondKilled = await this.#killSecond();
    const point = operation.generation.reached[at - 1];
    const metFaults = this.#crash.world.faultCalls().length > 0;
    if (known !== undefined && !isSuspended && this.#findings.length === 0) {
      const picture = await this.#picture();
      if (known.has(picture)) return { point, secondKilled, metFaults, isKnown: true, findings: [] };
      known.add(picture);
    }

    await this.#settle(faults);
    if (isSuspended) {
      operation.generation.resume();
      this.#noteIfStuck("the operation that was resumed", await untilEnded(operation));
      await this.#crash.end(operation);
      await this.#settle(faults);
    }
    await this.#look();
    if (faults.length > 0) await this.#redo();
    await this.#finish();
    return { point, secondKilled, metFaults, isKnown: false, findings: this.#findings };
  }

  /** Whether the process that comes next got as far as to be killed. */
  async #killSecond(): Promise<boolean> {
    const { scenario, faults, second } = this.#spec;
    if (second === undefined) return false;
    const { task, killedAt: at } = second;
    this.#crash.clock.advance(LONG_MS);
    const outcome = await this.#crash.run(
      (tools) => {
        if (task === "recover") tools.begin();
        return scenario[task](tools);
      },
      { faults, interruption: "kill", at },
    );
    this.#noteIfStuck(`the ${task} that was to be killed`, outcome);
    return outcome.kind === "interrupted";
  }

  /** Recovers until that changes nothing any more. What fails is tried again; only the last counts. */
  async #settle(faults: readonly Fault[]): Promise<void> {
    const { scenario } = this.#spec;
    const least = faults.some(({ kind }) => kind === "account-changed") ? 4 : 2;
    let before: string | undefined;
    for (let count = 1; count <= MOST_RECOVERIES; count++) {
      this.#crash.clock.advance(LONG_MS);
      const outcome = await this.#crash.run((tools) => scenario.recover(tools), { faults });
      this.#noteIfStuck("a recovery", outcome);
      const picture = await this.#picture();
      if (count >= least && picture === before) return this.#requireCompleted("to recover", outcome);
      before = picture;
    }
    this.#findings.push({ kind: "unwanted", what: `${MOST_RECOVERIES} recoveries were not enough` });
  }

  /** Does the operation again, as long as that goes wrong because of what is left of the faults. */
  async #redo(): Promise<void> {
    const { scenario, faults } = this.#spec;
    for (let tries = 0; tries < MOST_REDOS; tries++) {
      const outcome = await this.#crash.run((tools) => scenario.operate(tools), { faults });
      this.#noteIfStuck("to do it again", outcome);
      // What is to die dies.
      this.#crash.clock.advance(LONG_MS);
      if (outcome.kind === "completed") break;
    }
  }

  /** Does the operation when nothing goes wrong any more, and looks whether all is as it should be. */
  async #finish(): Promise<void> {
    const { scenario } = this.#spec;
    const outcome = await this.#crash.run((tools) => scenario.operate(tools), { faults: [] });
    this.#requireCompleted("to do it again", outcome);
    await this.#settle([]);
    const content = await this.#look();
    const { world } = this.#crash;
    const wrongs = [...scenario.expect({ content, world }), ...(world.violations?.() ?? [])];
    for (const what of wrongs) this.#findings.push({ kind: "unwanted", what });
  }

  async #picture(): Promise<string> {
    const store = await this.#crash.open();
    try {
      return await pictureOf(store, this.#crash.world);
    } finally {
      await store.close();
    }
  }

  async #look() {
    const { world } = this.#crash;
    const store = await this.#crash.open();
    try {
      const [content, storeId] = [await readContent(store), await store.storeId()];
      const [living, createdByName] = [world.living(), world.createdByName()];
      this.#findings.push(...compare({ content, storeId, living, createdByName }));
      return content;
    } finally {
      await store.close();
    }
  }

  #requireCompleted(what: string, outcome: Outcome): void {
    if (outcome.kind === "completed") return;
    const why = outcome.kind === "failed" ? String(outcome.error) : `it was ${outcome.kind}`;
    this.#findings.push({ kind: "unwanted", what: `expected ${what}, but ${why}` });
  }

  #noteIfStuck(what: string, { kind }: Outcome): void {
    if (kind === "stuck") this.#findings.push({ kind: "stuck", what });
  }
}
