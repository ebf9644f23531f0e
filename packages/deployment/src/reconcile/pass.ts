import { isDeepStrictEqual } from "node:util";
import {
  type AttachmentRow,
  type CallOptions,
  type ComputeProvider,
  type DeploymentRow,
  type NodeRow,
  nodeNamePrefix,
  type StateStore,
  type StateTransaction,
  type TombstoneRow,
} from "@conduit/types";
import { UnreadableDeploymentError } from "../deployment-error.ts";
import { isUnreadable } from "../endpoint-key.ts";
import { eventsOf } from "../event.ts";
import type { AttachmentWatch } from "./attachment-watch.ts";
import { carryOut } from "./carry-out.ts";
import { decide } from "./decide.ts";
import type { Decision, Facts } from "./facts.ts";
import type { NamespaceLease } from "./namespace-lease.ts";
import type { NodeMaker } from "./node-maker.ts";
import { type Observation, observe } from "./observation.ts";
import { terminateBuried } from "./terminate-buried.ts";

export interface PassContext {
  readonly store: StateStore;
  readonly provider: ComputeProvider;
  readonly lease: NamespaceLease;
  readonly deploymentId: string;
  /** What earlier passes of this process have seen of the deployment's attachments. */
  readonly attachments: AttachmentWatch;
  /** The process that passes, where it knows all of what the deployment's nodes run. */
  readonly maker?: NodeMaker | undefined;
  /** Whether somebody needs running nodes now. Default `false`. */
  readonly wanted?: boolean | undefined;
  /** Names of nodes that still answer requests of this process. */
  readonly busy?: ReadonlySet<string> | undefined;
}

export interface PassOutcome {
  /** Whether the next pass finds something else. */
  readonly changed: boolean;
  /** Whether something has yet to happen that only time brings. */
  readonly waiting: boolean;
  /** Whether some attachments are late: further passes tell whether they are over. */
  readonly late: boolean;
  /** What the provider failed with. */
  readonly errors: readonly unknown[];
  /** The same for nodes that were given up before, of whatever deployment: no failure of this one. */
  readonly buriedErrors: readonly unknown[];
}

const NOTHING: PassOutcome = { changed: false, waiting: false, late: false, errors: [], buriedErrors: [] };

/**
 * Compares a deployment's rows with what the provider says, and does what brings both to what is wanted: once.
 *
 * @throws LeaseLostError, ScopeChangedError, UnreadableDeploymentError, or what the provider's lists or the store failed with.
 */
export async function runPass(context: PassContext, options: CallOptions): Promise<PassOutcome> {
  const { store, provider, lease, deploymentId, attachments } = context;
  const before = await store.transaction((transaction) => read(transaction, deploymentId), options);
  if (before === undefined) return NOTHING;
  const { scope } = before.deployment;
  const namePrefix = nodeNamePrefix((await store.storeId(options)).slice(0, 8));
  const observation = await observe({ provider, scope, namePrefix }, before.nodes, options);
  await attachments.look(before.attachments, before.nowMs);

  const planned = await lease.transaction(async (transaction) => {
    const now = await read(transaction, deploymentId);
    if (now === undefined) return undefined;
    const facts = factsOf(context, now, observation);
    const decision = decide(facts);
    for (const { id } of now.attachments) {
      if (!facts.attachmentIds.has(id)) await transaction.removeAttachment(id);
    }
    await write(transaction, facts, decision);
    const late = now.attachments.some(
      (each) => each.id !== facts.ownAttachmentId && attachments.isLate(each, now.nowMs),
    );
    return { decision, deployment: decision.deployment ?? now.deployment, late };
  }, options);
  if (planned === undefined) return NOTHING;

  const { decision, deployment, late } = planned;
  const effects = Promise.allSettled(
    decision.effects.map((effect) => carryOut({ ...context, deployment }, effect, options)),
  );
  const [buried] = await Promise.allSettled([
    terminateBuried({ store, provider, lease }, observation, before.tombstones, options),
  ]);
  const outcomes = await effects;
  return {
    changed:
      decision.effects.length + decision.farewells.length + decision.changes.length > 0 ||
      (buried.status === "fulfilled" && buried.value),
    waiting: decision.waiting || late,
    late,
    errors: outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : [])),
    buriedErrors: buried.status === "rejected" ? [buried.reason] : [],
  };
}

interface Rows {
  /** The store's time. */
  readonly nowMs: number;
  readonly deployment: DeploymentRow;
  readonly nodes: readonly NodeRow[];
  readonly attachments: readonly AttachmentRow[];
  readonly tombstones: readonly TombstoneRow[];
}

async function read(transaction: StateTransaction, id: string): Promise<Rows | undefined> {
  const deployment = await transaction.getDeployment(id);
  if (deployment === undefined) return undefined;
  if (isUnreadable(deployment)) throw new UnreadableDeploymentError(id);
  const nodes = await transaction.listNodes(id);
  const attachments = await transaction.listAttachments(id);
  const { nowMs } = transaction;
  return { nowMs, deployment, nodes, attachments, tombstones: await transaction.listTombstones() };
}

function factsOf(
  { provider, maker, wanted = false, busy = new Set(), attachments: watch }: PassContext,
  { nowMs, deployment, nodes, attachments }: Rows,
  observation: Observation,
): Facts {
  // Whoever decides lives, also where it could not renew while its machine was suspended.
  const living = attachments.filter((each) => each.id === maker?.attachmentId || !watch.isOver(each, nowMs));
  const { visibilityWindowMs, canStop } = provider.capabilities;
  return {
    nowMs,
    deployment,
    nodes,
    observation,
    attachmentIds: new Set(living.map(({ id }) => id)),
    ownAttachmentId: maker?.attachmentId,
    outstanding: living.reduce((sum, each) => sum + each.outstanding, 0),
    visibilityWindowMs,
    canStop,
    wanted,
    creation:
      maker?.key === deployment.key
        ? {
            attachmentId: maker.attachmentId,
            newName: () => maker.newName(),
            offering: maker.nextOffering(),
          }
        : undefined,
    busy,
    nodesInUse: new Set(
      living.filter(({ id }) => id !== maker?.attachmentId).flatMap(({ nodesInUse = [] }) => nodesInUse),
    ),
  };
}

async function write(
  transaction: StateTransaction,
  { deployment: before }: Facts,
  { deployment, changes, farewells }: Decision,
): Promise<void> {
  const appendEvent = eventsOf(transaction);
  for (const { row, event, detail } of changes) {
    await transaction.putNode(row.status === "DELETING" ? row : { ...row, updatedAtMs: transaction.nowMs });
    const about = { deploymentId: row.deploymentId, nodeName: row.name, detail };
    if (event !== undefined) await appendEvent(event, "intent", about);
  }
  for (const { row, reason, tombstone } of farewells) {
    const { deploymentId, name: nodeName } = row;
    await transaction.removeNode(nodeName);
    if (tombstone) {
      const { provider, scope } = before;
      await transaction.putTombstone({ nodeName, provider, scope, reason, createdAtMs: transaction.nowMs });
    }
    await appendEvent("node-forget", "done", { deploymentId, nodeName, detail: reason });
  }
  const { id: deploymentId } = before;
  if (deployment === undefined) {
    await transaction.removeDeployment(deploymentId);
    await appendEvent("deployment-delete", "done", { deploymentId });
    return;
  }
  const { status, lastError, replicas } = deployment;
  if (isDeepStrictEqual(deployment, before)) return;
  await transaction.putDeployment({ ...deployment, updatedAtMs: transaction.nowMs });
  if (replicas !== before.replicas) {
    await appendEvent("deployment-scale", "intent", {
      deploymentId,
      detail: `${replicas} replicas for the load`,
    });
  }
  if (status === before.status) return;
  await appendEvent("deployment-status", status === "FAILED" ? "failed" : "done", {
    deploymentId,
    detail: status === "FAILED" ? `FAILED: ${lastError}` : status,
  });
}
