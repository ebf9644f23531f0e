import {
  type CallOptions,
  type DeploymentRow,
  type NodeRow,
  ProviderError,
  type StateStore,
} from "@conduit/types";
import type { Clock } from "../clock.ts";
import { LeaseLostError } from "../deployment-error.ts";
import { NamespaceLease } from "./namespace-lease.ts";
import { type PassContext, type PassOutcome, runPass } from "./pass.ts";

/** A deployment as the store has it. */
export interface View {
  readonly deployment: DeploymentRow;
  readonly nodes: readonly NodeRow[];
}

export interface ConvergeContext extends Omit<PassContext, "lease"> {
  readonly namespace: string;
  readonly clock: Clock;
}

/** Failures of the provider in a row, after which the first of them is thrown. */
const PATIENCE = 5;
/** Passes that follow each other without a pause. Later ones wait: what they change does not last, such as an end that ends nothing. */
const MOST_QUICK_PASSES = 5;
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2_000;

/**
 * Passes over a deployment, in turn with other processes, until `isDone`. What a crash interrupts, the next call goes on with.
 *
 * @returns the deployment then; `undefined` when it is gone, which ends every wait.
 * @throws what `isDone` throws, ScopeChangedError, UnreadableDeploymentError, or what the provider or the store fails with again and again.
 */
export async function converge(
  context: ConvergeContext,
  isDone: (view: View) => boolean,
  options: CallOptions,
): Promise<View | undefined> {
  const { store, deploymentId, clock } = context;
  let failures = 0;
  let quickPasses = 0;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const outcome = await turn(context, options);
    const view = await viewOf(store, deploymentId, options);
    if (view === undefined) return undefined;
    if (isDone(view)) return view;
    const errors = outcome?.errors.filter((each) => !isOfOneMachine(each)) ?? [];
    failures = errors.length === 0 ? 0 : failures + 1;
    const [error] = errors;
    if (error !== undefined && (failures >= PATIENCE || isHopeless(error))) throw error;
    if (outcome?.changed === true && failures === 0 && quickPasses < MOST_QUICK_PASSES) {
      quickPasses++;
      continue;
    }
    await clock.sleep(Math.max(pauseMs, waitOf(error)), options.signal);
    pauseMs = Math.min(pauseMs * 1.5, LAST_PAUSE_MS);
  }
}

/** One pass, if it is this process's turn; `undefined` where it is not. */
export async function turn(context: ConvergeContext, options: CallOptions): Promise<PassOutcome | undefined> {
  const lease = await NamespaceLease.tryAcquire(context.store, context.namespace, options);
  if (lease === undefined) return undefined;
  try {
    return await runPass({ ...context, lease }, options);
  } catch (error) {
    if (error instanceof LeaseLostError) return undefined;
    if (!ProviderError.isInstance(error)) throw error;
    return { changed: false, waiting: true, late: false, errors: [error], buriedErrors: [] };
  } finally {
    await lease.release();
  }
}

export function viewOf(store: StateStore, id: string, options: CallOptions): Promise<View | undefined> {
  return store.transaction(async (transaction) => {
    const deployment = await transaction.getDeployment(id);
    return deployment && { deployment, nodes: await transaction.listNodes(id) };
  }, options);
}

/** Whether only the machine that was asked for is refused: the next of the plan is asked for, and `isDone` knows when there is none. */
function isOfOneMachine(error: unknown): boolean {
  return ProviderError.isInstance(error) && error.outcome === "none" && error.retry === "next-offering";
}

/** Whether it makes no sense to ask again. */
function isHopeless(error: unknown): boolean {
  if (!ProviderError.isInstance(error)) return !(error instanceof LeaseLostError);
  return error.outcome === "none" && error.retry === "never";
}

function waitOf(error: unknown): number {
  return ProviderError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
}
