import { mkdir, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { LocalProvider } from "@conduit/provider-local";
import { StateStoreBusyError } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import type { Deployment } from "../../../deployment.ts";
import { gc, type ReconcileReport, reconcile } from "../../../index.ts";
import { processIdentity } from "../../../process-identity.ts";
import type { ProcessEnd } from "../../points/process-points.ts";
import { compare } from "../compare.ts";
import type { Finding } from "../finding.ts";
import { pictureOf } from "../picture.ts";
import type { CaseResult, SecondKill } from "../run-case.ts";
import { readContent } from "../store-content.ts";
import { openDatabase, type StoreKind } from "../store-kind.ts";
import type { ProcessEndState, ProcessScenario, ProcessTools } from "./process-scenario.ts";
import { attach, isGone } from "./process-scenarios.ts";
import { type ProcessStep, runProcessStep, runSuspended } from "./process-step.ts";
import { ProcessWorld } from "./process-world.ts";
import { databaseClock, letTimePass, timeOf } from "./shifted-time.ts";

/** Longest time for which state and world may differ after a kill, on a machine that is busy with other things. */
const SETTLING_MS = 90_000;
const LOOK_INTERVAL_MS = 200;
/** Longer than any lease. */
const LONG_MS = 600_000;
/** Longest wait for a database that a suspended process may hold: whoever is at work commits something within it. */
const SUSPENDED_PATIENCE_MS = 2_000;
/** Long enough for the next renewal. */
const LEASE_MS = 60_000;

export interface ProcessCaseSpec {
  readonly scenario: ProcessScenario;
  readonly stores: StoreKind;
  /** What happens to the process of the operation. */
  readonly interruption: "kill" | "suspend";
  /** Point of the operation at which that happens, from 1 on. */
  readonly at: number;
  /** The point of the recovery at which that is killed, too. Default: nobody kills it. */
  readonly second?: SecondKill | undefined;
  /** Pictures from which it is known what comes of them: a case that gets to one of these is over. */
  readonly followed: Set<string>;
}

/** Result of a case; `interrupted` tells whether the operation had that point. */
export interface ProcessCaseResult extends CaseResult {
  readonly interrupted: boolean;
  /** Whether it is known from another case what comes of this one. */
  readonly isKnown: boolean;
}

/** Interrupts the process of an operation at one point, lets others recover, and compares what is left; does it again, and compares once more. */
export async function runProcessCase(spec: ProcessCaseSpec, directory: string): Promise<ProcessCaseResult> {
  await mkdir(directory, { recursive: true });
  const time = timeOf(directory);
  await spec.stores.prepare(directory, time);
  await using store = await spec.stores.open(directory, time);
  const world = new ProcessWorld(directory);
  try {
    return await new ProcessCaseRun(spec, directory, store, world).result();
  } finally {
    for (const { name } of world.living()) world.kill(name);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

class ProcessCaseRun {
  readonly #spec: ProcessCaseSpec;
  readonly #directory: string;
  readonly #store: StateStore;
  readonly #world: ProcessWorld;
  readonly #tools: ProcessTools;
  readonly #findings: Finding[] = [];
  #keeper: { readonly deployment: Deployment; readonly key: string } | undefined;

  constructor(spec: ProcessCaseSpec, directory: string, store: StateStore, world: ProcessWorld) {
    this.#spec = spec;
    this.#directory = directory;
    this.#store = store;
    this.#world = world;
    const provider = new LocalProvider({ directory });
    this.#tools = { directory, provider, store, world, begin: () => {} };
  }

  async result(): Promise<ProcessCaseResult> {
    const { scenario, second, followed } = this.#spec;
    if (scenario.kept !== undefined) await this.#keep(scenario.kept);
    try {
      await scenario.prepare?.(this.#tools);
      const interrupted = await this.#operate();
      const secondKilled =
        second !== undefined && (await runProcessStep(this.#step("recover", { killAt: second.killedAt })));
      const point = interrupted ? "for real" : undefined;
      await this.#untilStill();
      const picture = pictureOf(await readContent(this.#store), this.#world);
      const result = { interrupted, point, secondKilled, picture };
      if (followed.has(picture)) return { ...result, isKnown: true, findings: [] };
      followed.add(picture);
      await this.#settle();
      await scenario.operate(this.#tools);
      const end = await this.#settleAs(scenario.expect);
      for (const what of scenario.expect(end)) this.#findings.push({ kind: "unwanted", what });
      await this.#leave();
      return { ...result, isKnown: false, findings: this.#findings };
    } finally {
      await this.#keeper?.deployment.dispose();
    }
  }

  /** Uses the deployment from now on. */
  async #keep(replicas: number): Promise<void> {
    const deployment = await attach(this.#tools, { replicas });
    this.#keeper = { deployment, key: deployment.key };
    await deployment.untilReady();
  }

  /** Whether the operation got as far as to its point. */
  async #operate(): Promise<boolean> {
    const { at, interruption } = this.#spec;
    if (interruption === "kill") return runProcessStep(this.#step("operate", { killAt: at }));
    return runSuspended(this.#step("operate", { suspendAt: at }), () => this.#actMeanwhile());
  }

  /** What others do when all leases of a process are over that has not ended. */
  async #actMeanwhile(): Promise<void> {
    const { provider } = this.#tools;
    letTimePass(this.#directory, LONG_MS);
    try {
      // Who is suspended in the middle of a transaction keeps everybody waiting, for nothing.
      const busyTimeoutMs = SUSPENDED_PATIENCE_MS;
      await using store = await openDatabase(this.#uri, timeOf(this.#directory), { busyTimeoutMs });
      if (this.#keeper !== undefined) await this.#renewKept(store, this.#keeper.deployment.id);
      const isToStay = this.#keeper !== undefined || this.#spec.scenario.isUnused === true;
      await (isToStay ? reconcile : gc)({ store, providers: [provider], clock: databaseClock });
    } catch (error) {
      // It was suspended in the middle of a transaction: until it goes on, nobody can do anything with a file.
      if (!StateStoreBusyError.isInstance(error)) throw error;
    }
  }

  /** Does what who keeps the deployment would have done in the time that has passed. */
  async #renewKept(store: StateStore, id: string): Promise<void> {
    const own = await processIdentity();
    await store.transaction(async (transaction) => {
      for (const attachment of await transaction.listAttachments(id)) {
        if (attachment.process !== own) continue;
        await transaction.putAttachment({ ...attachment, leaseExpiresAtMs: transaction.nowMs + LEASE_MS });
      }
    });
  }

  #step(task: ProcessStep["task"], end: ProcessEnd): ProcessStep {
    const { scenario } = this.#spec;
    return { directory: this.#directory, uri: this.#uri, scenario: scenario.name, task, ...end };
  }

  get #uri(): string {
    const { stores } = this.#spec;
    const uri = stores.uri(this.#directory);
    if (uri !== undefined) return uri;
    throw new Error(`expected a store that other processes find, but it is ${stores.name}`);
  }

  /** Until the nodes have ended whose last holder was killed. */
  async #untilStill(): Promise<void> {
    for (let before = ""; ; ) {
      const now = JSON.stringify(this.#world.living());
      if (now === before) return;
      before = now;
      await delay(LOOK_INTERVAL_MS);
    }
  }

  /** Recovers until that changes nothing any more, and nothing is wrong; what is left of that after a long time is. */
  async #settle(): Promise<ProcessEndState> {
    const { store, provider } = this.#tools;
    const deadlineMs = performance.now() + SETTLING_MS;
    for (;;) {
      await this.#useKept();
      const report = await reconcile({ store, providers: [provider] });
      const { end, findings } = await this.#look();
      if (hasSettled(report) && findings.length === 0) return end;
      if (performance.now() > deadlineMs) {
        const what = `it did not settle: ${JSON.stringify(report)}`;
        this.#findings.push(...findings, { kind: "stuck", what });
        return end;
      }
      await delay(LOOK_INTERVAL_MS);
    }
  }

  /**
   * Settles until all is as asked for: who keeps the deployment finds out in its own time what another process has made of it, and brings back
   * nodes that ended with that process. What is otherwise for long stays so.
   */
  async #settleAs(expect: ProcessScenario["expect"]): Promise<ProcessEndState> {
    const deadlineMs = performance.now() + SETTLING_MS;
    for (;;) {
      const end = await this.#settle();
      if (expect(end).length === 0 || performance.now() > deadlineMs) return end;
      await delay(LOOK_INTERVAL_MS);
    }
  }

  /** What was killed with the nodes that it held is brought back by who uses the deployment, as long as it knows what that runs. */
  async #useKept(): Promise<void> {
    if (this.#keeper === undefined) return;
    const { deployment, key } = this.#keeper;
    const row = await this.#store.transaction((transaction) => transaction.getDeployment(deployment.id));
    if (row?.key !== key || (row.status !== "DEPLOYING" && row.status !== "DEPLOYED")) return;
    await deployment.health();
    await deployment.untilReady({ timeoutSeconds: SETTLING_MS / 1_000 });
  }

  /** When nobody uses it any more, nothing is left of the deployment but what was to stay for a while. */
  async #leave(): Promise<void> {
    const { store, provider } = this.#tools;
    await this.#keeper?.deployment.dispose();
    await this.#untilStill();
    const left = await this.#settle();
    if (this.#spec.scenario.kept !== undefined) {
      for (const what of isGone(left)) this.#findings.push({ kind: "leaked", what });
    }
    await gc({ store, providers: [provider] });
    const { end } = await this.#look();
    for (const what of isGone(end)) this.#findings.push({ kind: "leaked", what });
  }

  async #look(): Promise<{ readonly end: ProcessEndState; readonly findings: readonly Finding[] }> {
    const content = await readContent(this.#store);
    const [living, createdByName] = [this.#world.living(), this.#world.createdByName()];
    return { end: { content, living }, findings: compare({ content, living, createdByName }) };
  }
}

function hasSettled({ events, errors, waiting }: ReconcileReport): boolean {
  return events.length === 0 && errors.length === 0 && !waiting;
}
