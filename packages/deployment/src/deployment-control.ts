import type { CallOptions, DeploymentRow, StateTransaction } from "@conduit/types";
import { Attachment } from "./attachment.ts";
import { type Clock, systemClock } from "./clock.ts";
import { failureOf, isStuck, isUp, updatedError } from "./coming-up.ts";
import { CurrentPlan } from "./current-plan.ts";
import type { DeploymentProgress } from "./deploy-request.ts";
import { DeploymentClosedError } from "./deployment-error.ts";
import type { DeploymentPlan } from "./deployment-plan.ts";
import { eventsOf } from "./event.ts";
import { type Intention, intend } from "./intend.ts";
import { Membership } from "./membership.ts";
import { NodePool } from "./node-pool.ts";
import { Patience } from "./patience.ts";
import { AttachmentWatch } from "./reconcile/attachment-watch.ts";
import { type ConvergeContext, converge, turn, type View, viewOf } from "./reconcile/converge.ts";
import { RequestMaker } from "./request-maker.ts";
import { EndpointRouter } from "./routing/endpoint-router.ts";

const TAKE_INTERVAL_MS = 100;
/** Time in milliseconds for which nodes may be missing that only other programs can create. */
const UPDATE_PATIENCE_MS = 30_000;
/** Failures in a row to take nodes that are there, after which one of them is thrown. */
const MOST_TAKE_FAILURES = 5;

/** What this process does about one deployment: it says what is wanted, and passes over it until that is so. */
export class DeploymentControl {
  readonly pool: NodePool;
  readonly clock: Clock;
  onProgress: (progress: DeploymentProgress) => void = () => {};
  readonly #current: CurrentPlan;
  readonly #attachments: AttachmentWatch;
  #view: View;
  #lastDemandMs: number;
  #membership: Membership | undefined;

  private constructor(plan: DeploymentPlan, attachment: Attachment, view: View) {
    this.clock = plan.request.clock ?? systemClock;
    this.#attachments = new AttachmentWatch(this.clock);
    this.pool = new NodePool(
      plan.request,
      new EndpointRouter({ ...plan.request.routing, clock: this.clock }),
    );
    this.pool.onProgress = (progress) => this.onProgress(progress);
    this.#current = new CurrentPlan(
      plan,
      (each) => new RequestMaker(each, attachment.id, (progress) => this.onProgress(progress)),
    );
    this.#view = view;
    this.#lastDemandMs = this.clock.nowMs();
  }

  /** Attaches this process to what is planned; a deletion that is under way is brought to its end first. */
  static async attach(
    plan: DeploymentPlan,
    options: CallOptions,
  ): Promise<{ readonly control: DeploymentControl; readonly isNew: boolean }> {
    const attachment = await Attachment.create();
    for (;;) {
      const { deployment, isNew }: Intention = await intend(plan, attachment, options);
      const control = new DeploymentControl(plan, attachment, { deployment, nodes: [] });
      if (deployment.status !== "DELETING") {
        control.#membership = new Membership({
          store: plan.request.store,
          clock: control.clock,
          deploymentId: deployment.id,
          attachment,
          pool: control.pool,
        });
        return { control, isNew };
      }
      await control.converge(() => false, options);
    }
  }

  get id(): string {
    return this.#view.deployment.id;
  }

  get plan(): DeploymentPlan {
    return this.#current.plan;
  }

  /** As this process last saw it. */
  get deployment(): DeploymentRow {
    return this.#view.deployment;
  }

  get view(): View {
    return this.#view;
  }

  /** Whether somebody has asked for something recently enough for nodes to be wanted. */
  get isWanted(): boolean {
    const { keep, idleTimeoutSeconds } = this.#view.deployment;
    const idleMs = this.clock.nowMs() - this.#lastDemandMs;
    const { outstanding, waiting } = this.pool.router.load;
    return keep || outstanding + waiting > 0 || idleMs <= Math.max(idleTimeoutSeconds, 60) * 1000;
  }

  demand(): void {
    this.#lastDemandMs = this.clock.nowMs();
  }

  /** Other things shall run from now on. */
  change(plan: DeploymentPlan): void {
    this.#current.change(plan);
    this.pool.request = plan.request;
  }

  /** Passes until `isDone`; the deployment then, or `undefined` when it is gone. */
  async converge(isDone: (view: View) => boolean, options: CallOptions): Promise<View | undefined> {
    const view = await converge(this.#context(), isDone, options);
    if (view !== undefined) this.#view = view;
    return view;
  }

  /** One pass, if it is this process's turn. */
  async pass(options: CallOptions): Promise<void> {
    this.#current.forgetOld();
    await this.#followUpdate(options);
    await turn(this.#context(), options);
    await this.refresh(options);
  }

  /**
   * Waits until the provider has taken on as many nodes as are wanted, and this process has them.
   *
   * @throws DeploymentFailedError, NoCapacityError, DeploymentStoppedError, DeploymentClosedError, DeploymentUpdatedError
   */
  async bringUp(options: CallOptions): Promise<void> {
    this.demand();
    this.#current.forgetObstacle();
    this.#current.maker.forgiveRefusals();
    const patience = new Patience(this.clock, UPDATE_PATIENCE_MS);
    let failures = 0;
    for (;;) {
      const view = await this.converge((found) => {
        if (!this.#current.isUpToDate(found.deployment)) return true;
        const isDone = isUp(found, this.#current);
        return patience.endsWhile(!isDone && isStuck(found, this.#current)) || isDone;
      }, options);
      if (view === undefined) throw new DeploymentClosedError("deleted");
      if (!this.#current.isUpToDate(view.deployment)) {
        await this.#followUpdate(options);
        continue;
      }
      if (patience.isOver) {
        throw await updatedError(this.plan.request.store, view.deployment, this.#current, options);
      }
      if (view.deployment.status === "FAILED") throw failureOf(view.deployment);
      const { complete, errors } = await this.pool.follow(view, this.#current.maker, options);
      if (complete) return;
      failures = errors.length === 0 ? 0 : failures + 1;
      if (failures >= MOST_TAKE_FAILURES) throw errors[0];
      await this.clock.sleep(TAKE_INTERVAL_MS, options.signal);
    }
  }

  /** Looks at the rows again. `false` when the deployment is gone. */
  async refresh(options: CallOptions): Promise<boolean> {
    const view = await viewOf(this.plan.request.store, this.id, options);
    if (view === undefined) return false;
    this.#view = view;
    await this.pool.follow(view, this.#current.maker, options);
    return true;
  }

  /** Changes the deployment's row, in one transaction with an event, where the change is not `undefined`; whether it is not. */
  async put(
    action: string,
    change: (
      row: DeploymentRow,
      transaction: StateTransaction,
    ) => DeploymentRow | Promise<DeploymentRow | undefined>,
    options: CallOptions,
  ): Promise<boolean> {
    let isChanged = false;
    const found = await this.plan.request.store.transaction(async (transaction) => {
      const row = await transaction.getDeployment(this.id);
      if (row === undefined || row.status === "DELETING") return undefined;
      const changed = await change(row, transaction);
      isChanged = changed !== undefined;
      if (changed === undefined) return row;
      const next = { ...changed, updatedAtMs: transaction.nowMs };
      await transaction.putDeployment(next);
      const detail = `${next.status}, ${next.replicas} replicas`;
      await eventsOf(transaction)(action, "intent", { deploymentId: this.id, detail });
      return next;
    }, options);
    if (found === undefined) throw new DeploymentClosedError("deleted");
    this.#view = { ...this.#view, deployment: found };
    return isChanged;
  }

  /** Detaches this process. With `endsWithLast`, a deployment that nobody else uses goes too; whether it does. */
  async leave(options: { readonly endsWithLast: boolean }): Promise<boolean> {
    return (await this.#membership?.leave(options)) ?? false;
  }

  /** Lets go of all nodes. */
  release(): void {
    void this.#membership?.end();
    this.pool.release();
    this.#current.maker.release();
  }

  /** Takes over what another program has made of the deployment, so that this one can create its nodes. */
  async #followUpdate(options: CallOptions): Promise<void> {
    await this.#current.follow(this.#view.deployment, options);
    this.pool.request = this.plan.request;
  }

  #context(): ConvergeContext {
    const { request, namespace } = this.plan;
    const control = this;
    return {
      store: request.store,
      provider: request.provider,
      deploymentId: this.id,
      namespace,
      clock: this.clock,
      attachments: this.#attachments,
      // As it is at each pass.
      get maker() {
        return control.#current.maker;
      },
      get wanted() {
        return control.isWanted;
      },
      get busy() {
        return new Set(control.pool.router.load.outstandingByNode.keys());
      },
    };
  }
}
