import {
  type CallOptions,
  type ComputeProvider,
  type DeploymentRow,
  type NodeHold,
  type NodeRow,
  ProviderError,
  type StateStore,
} from "@conduit/types";
import { describeOffering } from "../describe-offering.ts";
import type { Effect } from "./facts.ts";
import type { NamespaceLease } from "./namespace-lease.ts";
import type { NodeMaker } from "./node-maker.ts";
import { Results } from "./results.ts";

export interface EffectContext {
  readonly store: StateStore;
  readonly provider: ComputeProvider;
  readonly lease: NamespaceLease;
  readonly maker?: NodeMaker | undefined;
  readonly deployment: DeploymentRow;
}

/**
 * Asks the provider for what was decided, and writes down what came of it.
 *
 * @throws LeaseLostError when nothing was asked because another process acts by now, or what the provider failed with.
 */
export async function carryOut(context: EffectContext, effect: Effect, options: CallOptions): Promise<void> {
  const { provider, lease, store } = context;
  const results = new Results(store);
  await lease.guard(options);
  if (effect.kind === "create") return create(context, results, effect.row, options);
  const { kind, id, row } = effect;
  try {
    if (kind === "terminate") await provider.terminateNode(id, options);
    else if (kind === "stop") await provider.stopNode(id, options);
    else await provider.startNode(id, options);
  } catch (error) {
    if (kind === "start" && isMachineGone(error)) await results.unstartable(row, reasonOf(error));
    else await results.failed(row, ACTIONS[kind], reasonOf(error));
    throw error;
  }
  if (kind === "terminate") await results.terminated(row);
  else if (kind === "stop") await results.stopped(row);
  else await results.started(row);
}

const ACTIONS = { terminate: "node-delete", stop: "node-stop", start: "node-start" } as const;

async function create(
  { provider, maker, deployment }: EffectContext,
  results: Results,
  row: NodeRow,
  options: CallOptions,
): Promise<void> {
  if (maker === undefined) throw new TypeError(`expected to know what node ${row.name} runs`);
  let hold: NodeHold | undefined;
  try {
    const node = await provider.createNode(maker.specOf(deployment, row), options);
    // One that has ended meanwhile was created all the same: the next pass finds it, and what it failed with.
    hold = await provider.holdNode?.(node.id, options).catch(() => undefined);
    await results.created(row, node);
    if (hold !== undefined) maker.hold(node, hold);
  } catch (error) {
    hold?.release();
    const isCertain = ProviderError.isInstance(error) && error.outcome === "none";
    if (isCertain) await results.refused(row, `${machineOf(row)}: ${reasonOf(error)}`);
    else await results.unanswered(row, reasonOf(error));
    if (ProviderError.isInstance(error) && error.retry === "next-offering" && row.offeringId !== undefined) {
      maker.refuse(row.offeringId, error);
    }
    throw error;
  }
}

function machineOf({ offeringId: id = "a machine", plannedPriceMicroDollarsPerHour }: NodeRow): string {
  return describeOffering({ id, priceMicroDollarsPerHour: plannedPriceMicroDollarsPerHour });
}

/** Whether the machine of a stopped node has gone to somebody else. A refusal for another reason, such as a key, says nothing of it. */
function isMachineGone(error: unknown): boolean {
  return ProviderError.isInstance(error) && error.outcome === "none" && error.retry === "next-offering";
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
