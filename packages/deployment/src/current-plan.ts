import { type CallOptions, type DeploymentRow, ProviderError } from "@conduit/types";
import { adoptPlan } from "./adopt-plan.ts";
import { systemClock } from "./clock.ts";
import type { DeploymentPlan } from "./deployment-plan.ts";
import { reasonOf } from "./reconcile/carry-out.ts";
import type { RequestMaker } from "./request-maker.ts";

/** Time in milliseconds after which what is in the way of creating nodes is looked at again where nobody waits for them. */
const OBSTACLE_MS = 5 * 60_000;

interface Obstacle {
  readonly key: string;
  readonly reason: string;
  readonly atMs: number;
}

/** What this program knows of what its deployment runs: its own plan, until another program updates the deployment. */
export class CurrentPlan {
  readonly #makerOf: (plan: DeploymentPlan) => RequestMaker;
  #own: DeploymentPlan;
  #plan: DeploymentPlan;
  #maker: RequestMaker;
  #obstacle: Obstacle | undefined;

  constructor(plan: DeploymentPlan, makerOf: (plan: DeploymentPlan) => RequestMaker) {
    this.#makerOf = makerOf;
    this.#own = plan;
    this.#plan = plan;
    this.#maker = makerOf(plan);
  }

  get plan(): DeploymentPlan {
    return this.#plan;
  }

  get maker(): RequestMaker {
    return this.#maker;
  }

  /** This program has decided that other things shall run. */
  change(plan: DeploymentPlan): void {
    this.#own = plan;
    this.#take(plan);
  }

  /** Whether it is known of the deployment as it is whether this program can create nodes of it. */
  isUpToDate({ key }: DeploymentRow): boolean {
    return key === this.#plan.key || key === this.#obstacle?.key;
  }

  /** Why this program cannot create nodes of the deployment as it is. */
  obstacleTo({ key }: DeploymentRow): string | undefined {
    return key !== this.#plan.key && key === this.#obstacle?.key ? this.#obstacle.reason : undefined;
  }

  /** What was in the way may not be any more. */
  forgetObstacle(): void {
    this.#obstacle = undefined;
  }

  /** The same for what lies back so far that it need not be so any more, and for machines that were refused then. */
  forgetOld(): void {
    this.#maker.forgiveOldRefusals();
    if (this.#obstacle !== undefined && this.#nowMs - this.#obstacle.atMs >= OBSTACLE_MS)
      this.forgetObstacle();
  }

  /** Takes over what another program has made of the deployment, as far as it can be known. */
  async follow(row: DeploymentRow, options: CallOptions): Promise<void> {
    if (this.isUpToDate(row)) return;
    if (row.key === this.#own.key) this.#take(this.#own);
    else {
      const { plan, obstacle } = await adoptPlan(this.#own, row, options).catch((error: unknown) => {
        if (!ProviderError.isInstance(error)) throw error;
        return { plan: undefined, obstacle: `to find a machine for it, but: ${reasonOf(error)}` };
      });
      // Meanwhile this program may have decided otherwise.
      if (this.isUpToDate(row)) return;
      if (plan === undefined) this.#obstacle = { key: row.key, reason: obstacle, atMs: this.#nowMs };
      else this.#take(plan);
    }
  }

  #take(plan: DeploymentPlan): void {
    this.#maker.release();
    this.#plan = plan;
    this.#maker = this.#makerOf(plan);
    this.#obstacle = undefined;
  }

  get #nowMs(): number {
    return (this.#own.request.clock ?? systemClock).nowMs();
  }
}
