import { randomBytes } from "node:crypto";
import {
  type ComputeOffering,
  type DeploymentRow,
  type NodeHold,
  type NodeRow,
  type NodeSpec,
  ProviderError,
  type ProviderNode,
} from "@conduit/types";
import { systemClock } from "./clock.ts";
import type { DeploymentProgress } from "./deploy-request.ts";
import { NoCapacityError, type RefusedOffering } from "./deployment-error.ts";
import { type DeploymentPlan, nodeIdleTimeoutSeconds, nodeWorkload } from "./deployment-plan.ts";
import { describeOffering } from "./describe-offering.ts";
import { endpointKeyOf } from "./endpoint-key.ts";
import { reasonOf } from "./reconcile/carry-out.ts";
import type { NodeMaker } from "./reconcile/node-maker.ts";

/** Time in milliseconds after which a machine that was refused is asked for again where nobody waits for it. */
const REFUSAL_MS = 5 * 60_000;

interface Refusal extends RefusedOffering {
  readonly cause: unknown;
  readonly atMs: number;
}

/** Makes the nodes that a deploy request asks for. */
export class RequestMaker implements NodeMaker {
  readonly attachmentId: string;
  readonly #plan: DeploymentPlan;
  readonly #onProgress: (progress: DeploymentProgress) => void;
  readonly #refused = new Map<string, Refusal>();
  readonly #made = new Set<string>();
  readonly #holds = new Map<string, NodeHold>();
  #isReleased = false;

  constructor(
    plan: DeploymentPlan,
    attachmentId: string,
    onProgress: (progress: DeploymentProgress) => void,
  ) {
    this.attachmentId = attachmentId;
    this.#plan = plan;
    this.#onProgress = onProgress;
  }

  get key(): string {
    return this.#plan.key;
  }

  newName(): string {
    const name = `${this.#plan.nodeNamePrefix}${randomBytes(4).toString("hex")}`;
    this.#made.add(name);
    return name;
  }

  /** Whether this process has asked for the node. */
  hasMade(name: string): boolean {
    return this.#made.has(name);
  }

  nextOffering(): ComputeOffering | undefined {
    return this.#plan.offerings.find(({ id }) => !this.#refused.has(id));
  }

  refuse(offeringId: string, cause: unknown): void {
    const offering = this.#plan.offerings.find(({ id }) => id === offeringId);
    // Nodes that are created at the same time are refused the same machine.
    if (offering === undefined || this.#refused.has(offeringId)) return;
    const { priceMicroDollarsPerHour } = offering;
    const reason = reasonOf(cause);
    const atMs = this.#nowMs;
    this.#refused.set(offeringId, { offeringId, priceMicroDollarsPerHour, reason, cause, atMs });
    const next = this.nextOffering();
    const then = next === undefined ? "that was the last" : `${describeOffering(next)} is next`;
    this.#onProgress({ message: `${describeOffering(offering)} cannot be had now (${reason}); ${then}` });
  }

  /** What is refused now may be had later. */
  forgiveRefusals(): void {
    this.#refused.clear();
  }

  /** The same for what was refused long ago, so that one refusal does not decide for as long as a program runs. */
  forgiveOldRefusals(): void {
    for (const [id, { atMs }] of this.#refused) {
      if (this.#nowMs - atMs >= REFUSAL_MS) this.#refused.delete(id);
    }
  }

  /** @throws NoCapacityError when all machines have been refused. */
  requireOffering(): void {
    if (this.nextOffering() !== undefined) return;
    const refused = [...this.#refused.values()];
    throw new NoCapacityError(
      refused.map(({ cause: _, atMs: __, ...rest }) => rest),
      {
        cause: refused.at(-1)?.cause,
        suspectsRequest: refused.every(
          ({ cause }) => ProviderError.isInstance(cause) && cause.suspectsRequest === true,
        ),
      },
    );
  }

  specOf(deployment: DeploymentRow, row: NodeRow): NodeSpec {
    const plan = this.#planFor(deployment);
    const { provider, maxLifetimeSeconds } = plan.request;
    this.#onProgress({ message: `starting a node at ${provider.name}`, nodeName: row.name });
    const offering = plan.offerings.find(({ id }) => id === row.offeringId) ?? plan.offerings[0];
    return {
      name: row.name,
      workload: nodeWorkload(plan, endpointKeyOf(deployment), offering),
      offering,
      idleTimeoutSeconds: nodeIdleTimeoutSeconds(plan),
      maxLifetimeSeconds,
    };
  }

  hold({ name }: ProviderNode, hold: NodeHold): void {
    if (this.#isReleased) hold.release();
    else this.#holds.set(name, hold);
  }

  /** What keeps alive a node that this process has created; the first who asks has it. */
  takeHold(name: string): NodeHold | undefined {
    const hold = this.#holds.get(name);
    this.#holds.delete(name);
    return hold;
  }

  /** Lets go of what nobody has taken, and of what comes later. */
  release(): void {
    this.#isReleased = true;
    for (const hold of this.#holds.values()) hold.release();
    this.#holds.clear();
  }

  /** The plan with the limits that others have given the deployment, where this program gives none. */
  #planFor({ keep, idleTimeoutSeconds, maxLifetimeSeconds }: DeploymentRow): DeploymentPlan {
    const { request } = this.#plan;
    return {
      ...this.#plan,
      keep,
      idleTimeoutSeconds: request.idleTimeoutSeconds ?? idleTimeoutSeconds,
      request: { ...request, maxLifetimeSeconds: request.maxLifetimeSeconds ?? maxLifetimeSeconds },
    };
  }

  get #nowMs(): number {
    return (this.#plan.request.clock ?? systemClock).nowMs();
  }
}
