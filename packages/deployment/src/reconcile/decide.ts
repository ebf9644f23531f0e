import type { DeploymentRow, NodeRow } from "@conduit/types";
import { describeOffering } from "../describe-offering.ts";
import {
  billedMicroDollars,
  type Decision,
  type Effect,
  type Facts,
  type Farewell,
  isCurrent,
  lives,
  type RowChange,
  wantsNodes,
} from "./facts.ts";
import { excessivePrice, judgeNode, toDeleting, type Verdict } from "./judge-node.ts";
import { scaleByLoad } from "./scale-by-load.ts";

/** Nodes that may fail, beside one per replica, before a deployment counts as failed. */
const SPARE_FAILURES = 2;

/** Whether so many nodes have failed that no more are tried. */
export function isExhausted({ failures, replicas }: DeploymentRow): boolean {
  return failures > Math.max(1, replicas) - 1 + SPARE_FAILURES;
}

/**
 * What to do so that a deployment becomes what its row says. Nothing but the facts decides, so that whoever goes on after a crash decides
 * the same.
 */
export function decide(facts: Facts): Decision {
  const draft = new Draft(facts);
  if (draft.hasFailed) draft.endAll("the deployment failed");
  else if (draft.deployment.status === "DELETING" || draft.deployment.status === "FAILED") {
    draft.endAll(`the deployment is ${draft.deployment.status}`);
  } else if (draft.deployment.status === "STOPPED") draft.stopAll();
  else draft.runReplicas();
  return draft.finish();
}

/** A decision in the making. */
class Draft {
  deployment: DeploymentRow;
  readonly #facts: Facts;
  readonly #rows = new Map<string, NodeRow>();
  readonly #changes = new Map<string, RowChange>();
  readonly #farewells: Farewell[] = [];
  readonly #effects = new Map<string, Effect>();
  #waiting = false;

  constructor(facts: Facts) {
    this.#facts = facts;
    const { deployment, outstanding, nowMs } = facts;
    this.deployment = wantsNodes(deployment) ? scaleByLoad(deployment, outstanding, nowMs) : deployment;
    for (const row of facts.nodes) this.#take(row, judgeNode(facts, row));
  }

  get hasFailed(): boolean {
    return this.#facts.deployment.status !== "FAILED" && this.deployment.status === "FAILED";
  }

  /** Ends every node. */
  endAll(reason: string): void {
    for (const row of this.#rows.values()) this.#end(row, reason);
  }

  /** Stops what runs; what cannot be stopped ends. */
  stopAll(): void {
    for (const row of this.#rows.values()) {
      if (!isCurrent(this.deployment, row) || !this.#facts.canStop) {
        this.#end(row, "the deployment is STOPPED");
        continue;
      }
      const node = this.#facts.observation.seen.get(row.name);
      if (row.status === "PROVISIONING") this.#waiting = true;
      else if (row.status !== "DELETING" && lives(node)) {
        this.#effects.set(row.name, { kind: "stop", row, id: node.id });
      }
    }
  }

  /** Starts, creates and ends nodes until there are as many as wanted. */
  runReplicas(): void {
    const { deployment } = this;
    const rows = [...this.#rows.values()].filter(({ status }) => status !== "DELETING");
    const current = rows.filter((row) => isCurrent(deployment, row));
    const running = current.filter(({ status }) => status !== "STOPPED");
    const stopped = current.filter(({ status }) => status === "STOPPED");
    const ready = running.filter(({ status }) => status === "DEPLOYED");

    this.#endSurplus(running, deployment.replicas);
    // What is still there costs money, and may have the memory that the next one needs.
    const going = [...this.#rows.values()].filter(
      (row) =>
        row.status === "DELETING" && isCurrent(deployment, row) && this.#facts.observation.seen.has(row.name),
    );
    let missing = deployment.replicas - running.length - going.length;
    if (going.length > 0) this.#waiting = true;
    for (const row of stopped) {
      const node = this.#facts.observation.seen.get(row.name);
      if (missing > 0 && node !== undefined && this.#facts.wanted) {
        this.#effects.set(row.name, { kind: "start", row, id: node.id });
        missing--;
      } else if (running.length >= deployment.replicas) this.#end(row, "there are enough without it");
    }
    if (this.#facts.wanted && !isExhausted(deployment)) this.#create(missing);

    const isComplete = ready.length >= deployment.replicas;
    // What was ready and is missing now may have ended; until that is known, the nodes of before an update stay.
    if (ready.filter(({ missingSinceMs }) => missingSinceMs === undefined).length >= deployment.replicas) {
      for (const row of rows) if (!isCurrent(deployment, row)) this.#retire(row, "an update has replaced it");
    }
    const status = isComplete ? "DEPLOYED" : "DEPLOYING";
    if (status !== deployment.status) this.deployment = { ...deployment, status };
  }

  finish(): Decision {
    const { deployment } = this;
    const isUnused = !deployment.keep && this.#facts.attachmentIds.size === 0;
    const isUnwanted = deployment.status === "DELETING" || (isUnused && deployment.status !== "STOPPED");
    const spentMicroDollars = deployment.spentMicroDollars + this.#endedBills();
    const actualPriceMicroDollarsPerHour = this.#actualPrice();
    const imageDigest = this.#imageDigest() ?? deployment.imageDigest;
    return {
      deployment:
        this.#rows.size === 0 && isUnwanted
          ? undefined
          : { ...deployment, spentMicroDollars, actualPriceMicroDollarsPerHour, imageDigest },
      changes: [...this.#changes.values()],
      farewells: this.#farewells,
      effects: [...this.#effects.values()],
      waiting: this.#waiting,
    };
  }

  /** What the provider asks for all nodes together, as far as it has said. */
  #actualPrice(): number | undefined {
    const prices = [...this.#rows.values()]
      .filter(({ billedSinceMs }) => billedSinceMs !== undefined)
      .map((row) => row.actualPriceMicroDollarsPerHour)
      .filter((price) => price !== undefined);
    return prices.length === 0 ? undefined : prices.reduce((sum, price) => sum + price, 0);
  }

  /** Digest of the image that the newest of the current nodes runs. */
  #imageDigest(): string | undefined {
    const { seen } = this.#facts.observation;
    const current = [...this.#rows.values()].filter((row) => isCurrent(this.deployment, row));
    return current
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
      .map(({ name }) => seen.get(name)?.imageDigest)
      .find((digest) => digest !== undefined);
  }

  /** What those cost that cost nothing any more. */
  #endedBills(): number {
    const ended = this.#facts.nodes.filter(({ name }) => this.#rows.get(name)?.billedSinceMs === undefined);
    return ended.reduce((sum, row) => sum + billedMicroDollars(row, this.#facts.nowMs), 0);
  }

  #take(row: NodeRow, verdict: Verdict): void {
    if (verdict.row !== undefined) this.#rows.set(row.name, verdict.row);
    if (verdict.change !== undefined) this.#changes.set(row.name, verdict.change);
    if (verdict.farewell !== undefined) this.#farewells.push(verdict.farewell);
    if (verdict.effect !== undefined) this.#effects.set(row.name, verdict.effect);
    if (verdict.waiting === true) this.#waiting = true;
    if (verdict.failure !== undefined) this.#countFailure(verdict.failure);
    if (verdict.fatal === undefined) return;
    if (this.#someWork) this.#countFailure(verdict.fatal);
    else this.#fail(verdict.fatal);
  }

  get #someWork(): boolean {
    const { seen } = this.#facts.observation;
    return this.#facts.nodes.some((row) => {
      const node = seen.get(row.name);
      return row.status === "DEPLOYED" && lives(node) && excessivePrice(row, node) === undefined;
    });
  }

  #countFailure(failure: string): void {
    const failures = this.deployment.failures + 1;
    this.deployment = { ...this.deployment, failures, lastError: failure };
    // Where some nodes work, the deployment does too.
    if (isExhausted(this.deployment) && !this.#someWork) this.#fail(failure);
  }

  #fail(reason: string): void {
    if (wantsNodes(this.deployment)) {
      this.deployment = { ...this.deployment, status: "FAILED", lastError: reason };
    }
  }

  #endSurplus(running: readonly NodeRow[], wanted: number): void {
    const surplus = running.length - wanted;
    if (surplus <= 0) return;
    const leastUseful = running.toSorted(
      (a, b) =>
        Number(a.status === "DEPLOYED") - Number(b.status === "DEPLOYED") ||
        b.createdAtMs - a.createdAtMs ||
        (a.name < b.name ? 1 : -1),
    );
    for (const row of leastUseful.slice(0, surplus)) this.#retire(row, "there are enough without it");
  }

  #create(count: number): void {
    const { nowMs, creation } = this.#facts;
    if (creation?.offering === undefined || count <= 0) return;
    const { attachmentId, newName, offering } = creation;
    const { gpu, gpuCount, priceMicroDollarsPerHour: plannedPriceMicroDollarsPerHour } = offering;
    this.deployment = { ...this.deployment, gpu, gpuCount, plannedPriceMicroDollarsPerHour };
    for (let left = count; left > 0; left--) {
      const name = newName();
      const row: NodeRow = {
        name,
        deploymentId: this.deployment.id,
        status: "PROVISIONING",
        attempts: 1,
        creatorId: attachmentId,
        offeringId: offering.id,
        plannedPriceMicroDollarsPerHour,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      };
      this.#rows.set(name, row);
      this.#changes.set(name, { row, event: "node-create", detail: describeOffering(offering) });
      this.#effects.set(name, { kind: "create", row });
    }
  }

  /** Ends a node whose work others do, but not at once: first whoever uses it has to see that it goes. */
  #retire(row: NodeRow, reason: string): void {
    this.#end(row, reason);
    this.#effects.delete(row.name);
    this.#waiting = true;
  }

  #end(row: NodeRow, reason: string): void {
    if (row.status === "DELETING") return;
    const deleting = toDeleting(row, reason, this.#facts.nowMs);
    this.#rows.set(row.name, deleting);
    this.#changes.set(row.name, { row: deleting, event: "node-delete", detail: reason });
    const node = this.#facts.observation.seen.get(row.name);
    if (node !== undefined) this.#effects.set(row.name, { kind: "terminate", row: deleting, id: node.id });
    else this.#waiting = true;
  }
}
