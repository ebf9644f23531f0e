import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type {
  CallOptions,
  DeploymentRow,
  DeploymentStatus,
  EventRow,
  NodeRow,
  ProviderNode,
  StateStore,
  StateTransaction,
} from "@conduit/types";
import { assignNodes, type NodeAssignment } from "./assign-nodes.ts";
import type { DeploymentPlan } from "./deployment-plan.ts";
import { eventsOf } from "./event.ts";
import type { NodeSurvey } from "./node-survey.ts";

/** Time in milliseconds for which an attachment counts without being renewed. */
export const LEASE_MS = 60_000;

/** What this process writes into the store about one deployment. Each method is one transaction. */
export class Records {
  readonly attachmentId = randomUUID();
  readonly #store: StateStore;
  readonly #plan: DeploymentPlan;

  constructor(plan: DeploymentPlan) {
    this.#store = plan.request.store;
    this.#plan = plan;
  }

  /** The deployment and its nodes, if there is one. */
  async find(
    options: CallOptions,
  ): Promise<{ deployment: DeploymentRow; nodes: readonly NodeRow[] } | undefined> {
    return this.#store.transaction(async (transaction) => {
      const deployment = await transaction.findDeployment(this.#plan.namespace, this.#plan.key);
      return deployment && { deployment, nodes: await transaction.listNodes(deployment.id) };
    }, options);
  }

  /**
   * Writes what this process is about to do: the deployment, its own attachment, and a row for each node that it shall create.
   * `heldNames` are nodes that it has already.
   */
  async intend(
    survey: NodeSurvey,
    heldNames: ReadonlySet<string>,
    options: CallOptions,
  ): Promise<NodeAssignment> {
    return this.#store.transaction(async (transaction) => {
      const found = await transaction.findDeployment(this.#plan.namespace, this.#plan.key);
      const deployment = found ?? this.#newDeployment(transaction.nowMs);
      if (found === undefined) {
        await transaction.putDeployment(deployment);
        await eventsOf(transaction)("deployment-create", "intent", { deploymentId: deployment.id });
      }
      await this.#putAttachment(transaction, deployment.id);
      const appendEvent = eventsOf(transaction);
      return assignNodes({ transaction, plan: this.#plan, deployment, survey, heldNames, appendEvent });
    }, options);
  }

  /** The provider has taken the node on, or it was found there. */
  async nodeProvisioned(row: NodeRow, node: ProviderNode, how: "created" | "adopted"): Promise<void> {
    await this.#updateNode(row, how === "created" ? "node-create" : "node-adopt", "done", {
      status: "PROVISIONED",
      externalId: node.id,
      baseUrl: node.baseUrl,
      actualPriceMicroDollarsPerHour: node.priceMicroDollarsPerHour,
    });
  }

  /** The node will not come up. Its row stays, so that its machine is not forgotten before it is gone. */
  async nodeFailed(row: NodeRow, failure: string): Promise<void> {
    await this.#updateNode(row, "node-fail", "done", { status: "FAILED", lastError: failure });
  }

  /** The node certainly does not exist. */
  async nodeRefused(row: NodeRow, reason: string): Promise<void> {
    await this.#forgetNode(row, reason, { tombstone: false });
  }

  /** The node was not seen, but may still turn up: its name is never used again, and stays on the list of names to look for. */
  async nodeGivenUp(row: NodeRow, reason: string): Promise<void> {
    await this.#forgetNode(row, reason, { tombstone: true });
  }

  async deploymentStatus(id: string, status: DeploymentStatus): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      const row = await transaction.getDeployment(id);
      if (row === undefined || row.status === status) return;
      await transaction.putDeployment({ ...row, status, updatedAtMs: transaction.nowMs });
      await eventsOf(transaction)("deployment-status", status === "FAILED" ? "failed" : "done", {
        deploymentId: id,
        detail: status,
      });
    });
  }

  /** All nodes are ready. */
  async deployed(id: string, nodeNames: Iterable<string>): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      for (const name of nodeNames) {
        const node = await transaction.getNode(name);
        if (node === undefined) continue;
        await transaction.putNode({ ...node, status: "DEPLOYED", updatedAtMs: transaction.nowMs });
      }
    });
    await this.deploymentStatus(id, "DEPLOYED");
  }

  /** Whether the deployment is still there. */
  async renewAttachment(deploymentId: string): Promise<boolean> {
    return this.#store.transaction(async (transaction) => {
      if ((await transaction.getDeployment(deploymentId)) === undefined) return false;
      await this.#putAttachment(transaction, deploymentId);
      return true;
    });
  }

  async removeAttachment(): Promise<void> {
    await this.#store.transaction((transaction) => transaction.removeAttachment(this.attachmentId));
  }

  /** Detaches, and forgets the deployment if nobody else uses it and it has no nodes. */
  async leave(): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      await transaction.removeAttachment(this.attachmentId);
      const found = await transaction.findDeployment(this.#plan.namespace, this.#plan.key);
      if (found === undefined) return;
      const { id: deploymentId } = found;
      if ((await transaction.listAttachments(deploymentId)).length > 0) return;
      if ((await transaction.listNodes(deploymentId)).length > 0) return;
      await transaction.removeDeployment(deploymentId);
      await eventsOf(transaction)("deployment-create", "failed", { deploymentId });
    });
  }

  /** From here on the deployment only goes; {@link removed} comes last. */
  async deleting(id: string, options: CallOptions): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      const row = await transaction.getDeployment(id);
      if (row === undefined) return;
      await transaction.putDeployment({ ...row, status: "DELETING", updatedAtMs: transaction.nowMs });
      await eventsOf(transaction)("deployment-delete", "intent", { deploymentId: id });
    }, options);
  }

  async removed(id: string): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      if ((await transaction.getDeployment(id)) === undefined) return;
      await transaction.removeDeployment(id);
      await eventsOf(transaction)("deployment-delete", "done", { deploymentId: id });
    });
  }

  async #updateNode(
    row: NodeRow,
    action: string,
    outcome: EventRow["outcome"],
    change: Partial<NodeRow>,
  ): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      const { deploymentId, name: nodeName } = row;
      if ((await transaction.getDeployment(deploymentId)) === undefined) return;
      const known = (await transaction.getNode(nodeName)) ?? row;
      await transaction.putNode({ ...known, ...change, updatedAtMs: transaction.nowMs });
      await eventsOf(transaction)(action, outcome, {
        deploymentId,
        nodeName,
        detail: change.lastError,
      });
    });
  }

  async #forgetNode(row: NodeRow, reason: string, { tombstone }: { tombstone: boolean }): Promise<void> {
    const { provider } = this.#plan.request;
    const { deploymentId, name: nodeName } = row;
    await this.#store.transaction(async (transaction) => {
      await transaction.removeNode(nodeName);
      if (tombstone) {
        const createdAtMs = transaction.nowMs;
        const { scope } = this.#plan;
        await transaction.putTombstone({ nodeName, provider: provider.name, scope, reason, createdAtMs });
      }
      await eventsOf(transaction)("node-create", "failed", { deploymentId, nodeName, detail: reason });
    });
  }

  async #putAttachment(transaction: StateTransaction, deploymentId: string): Promise<void> {
    await transaction.putAttachment({
      id: this.attachmentId,
      deploymentId,
      host: hostname(),
      pid: process.pid,
      leaseExpiresAtMs: transaction.nowMs + LEASE_MS,
    });
  }

  #newDeployment(nowMs: number): DeploymentRow {
    const { request, namespace, key, scope, spec, replicas, keep, idleTimeoutSeconds, offering } = this.#plan;
    return {
      id: randomUUID(),
      namespace,
      key,
      runtime: request.runtime,
      type: request.provider.capabilities.deploymentType,
      provider: request.provider.name,
      scope,
      gpu: offering.gpu,
      gpuCount: offering.gpuCount,
      status: "DEPLOYING",
      spec,
      replicas,
      endpointKey: randomBytes(32).toString("base64url"),
      keep,
      idleTimeoutSeconds,
      maxLifetimeSeconds: request.maxLifetimeSeconds,
      plannedPriceMicroDollarsPerHour: offering.priceMicroDollarsPerHour * replicas,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
  }
}
