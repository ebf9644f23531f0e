import type { CallOptions, DeploymentRow } from "@conduit/types";
import { deleteDeployment } from "./delete-deployment.ts";
import type { DeploymentProgress, DeployOptions, DeployRequest } from "./deploy-request.ts";
import type { DeployedNode } from "./deployed-node.ts";
import type { Deployment } from "./deployment.ts";
import { type DeploymentPlan, planDeployment } from "./deployment-plan.ts";
import { LiveDeployment } from "./live-deployment.ts";
import { surveyNodes } from "./node-survey.ts";
import { adoptNode, createNode, discard } from "./obtain-nodes.ts";
import { Records } from "./records.ts";
import { sleep } from "./sleep.ts";

const AWAIT_INTERVAL_MS = 100;

/**
 * Starts what `request` asks for, or attaches to it where it runs already, and returns as soon as the provider has taken it
 * on; {@link Deployment.untilReady} waits for the rest.
 *
 * When it rejects, it leaves nothing behind that was not there before.
 *
 * @throws InvalidDeployRequestError, NodeFailedError, or what the provider or the store failed with.
 */
export async function deploy(request: DeployRequest, options: DeployOptions = {}): Promise<Deployment> {
  const { signal, onProgress = () => {} } = options;
  const plan = await planDeployment(request, { signal });
  const records = new Records(plan);
  const nodes = new Nodes(plan, records, onProgress);
  try {
    let deployment: DeploymentRow;
    do {
      deployment = await nodes.obtain({ signal });
      signal?.throwIfAborted();
    } while (!nodes.complete);
    return new LiveDeployment(plan, records, deployment, nodes.held);
  } catch (error) {
    // The first failure is the one to tell.
    await nodes.giveBack().catch(() => {});
    throw error;
  }
}

/** The nodes of a deployment as this process gets hold of them. */
class Nodes {
  readonly #plan: DeploymentPlan;
  readonly #records: Records;
  readonly #onProgress: (progress: DeploymentProgress) => void;
  readonly #held: DeployedNode[] = [];
  readonly #created = new Set<DeployedNode>();

  constructor(plan: DeploymentPlan, records: Records, onProgress: (progress: DeploymentProgress) => void) {
    this.#plan = plan;
    this.#records = records;
    this.#onProgress = onProgress;
  }

  get held(): readonly DeployedNode[] {
    return this.#held;
  }

  get complete(): boolean {
    return this.#held.length >= this.#plan.replicas;
  }

  /** Adopts and creates what is missing, as far as that can be done now. */
  async obtain(options: CallOptions): Promise<DeploymentRow> {
    const found = await this.#findUndeleted(options);
    const survey = await surveyNodes(this.#plan, found?.nodes ?? [], options);
    const heldNames = new Set(this.#held.map(({ name }) => name));
    const { deployment, adopt, create } = await this.#records.intend(survey, heldNames, options);
    const context = {
      plan: this.#plan,
      records: this.#records,
      endpointKey: deployment.endpointKey,
      onProgress: this.#onProgress,
    };
    const outcomes = await Promise.allSettled([
      ...adopt.map(async (each) => this.#keep(await adoptNode(context, each, options))),
      ...create.map(async (row) => this.#created.add(this.#keep(await createNode(context, row, options)))),
    ]);
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure !== undefined) throw failure.reason;
    // Others create the rest.
    if (!this.complete && outcomes.length === 0) await sleep(AWAIT_INTERVAL_MS, options.signal);
    return deployment;
  }

  /** Undoes what was done; nodes that others may have found in the meantime end with their last holder. */
  async giveBack(): Promise<void> {
    for (const node of this.#held) node.release();
    const endByThemselves = this.#plan.request.provider.capabilities.endsWithHolders && !this.#plan.keep;
    const unwanted = endByThemselves ? [] : [...this.#created];
    const context = { plan: this.#plan, records: this.#records };
    await Promise.allSettled(unwanted.map((node) => discard(context, node.row, node)));
    await this.#records.leave();
  }

  #keep<Node extends DeployedNode | undefined>(node: Node): Node {
    if (node !== undefined) this.#held.push(node);
    return node;
  }

  /** A deployment whose deletion was not finished is no deployment: what is left of it goes first. */
  async #findUndeleted(options: CallOptions) {
    const found = await this.#records.find(options);
    if (found?.deployment.status !== "DELETING") return found;
    await deleteDeployment(this.#plan, this.#records, found.deployment.id, options);
    return undefined;
  }
}
