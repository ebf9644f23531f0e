import { formatNodeName } from "@conduit/types";
import type { DeployRequest } from "../../../deploy-request.ts";
import type { Deployment } from "../../../deployment.ts";
import { deploy, gc, reconcile } from "../../../index.ts";
import { fixtureRequest } from "../../fixture.ts";
import type { ProcessEndState, ProcessScenario, ProcessTools } from "./process-scenario.ts";

const OLD_IMAGE = "engine:1";
const NEW_IMAGE = "engine:2";
/** Long enough for no node to end by itself while a case lasts. */
const STAYING_SECONDS = 3_600;

/** A node that is none of this store's. */
const foreignName = formatNodeName({ store8: "ffffffff", key8: "ffffffff", nonce: "ffffffff" });

/**
 * Every operation on nodes that end with their last holder: where another process keeps them, and where nobody does. Without anybody else,
 * nodes that are to be found by `gc` and `reconcile` have an idle timeout.
 */
export const processScenarios: readonly ProcessScenario[] = [
  {
    name: "deploy",
    operate: (tools) => attached(tools, { replicas: 2 }, untilReady, { beginsFirst: true }),
    expect: isGone,
  },
  {
    name: "deploy what stays",
    operate: (tools) =>
      attached(tools, { replicas: 2, idleTimeoutSeconds: STAYING_SECONDS }, untilReady, {
        beginsFirst: true,
      }),
    expect: runs(2, OLD_IMAGE),
  },
  {
    name: "attach",
    kept: 2,
    operate: (tools) => attached(tools, {}, untilReady, { beginsFirst: true }),
    expect: runs(2, OLD_IMAGE),
  },
  {
    name: "scale up",
    kept: 1,
    operate: (tools) => attached(tools, {}, (deployment) => scaledTo(deployment, 3)),
    expect: runs(3, OLD_IMAGE),
  },
  {
    name: "scale down",
    kept: 3,
    operate: (tools) => attached(tools, {}, (deployment) => scaledTo(deployment, 1)),
    expect: runs(1, OLD_IMAGE),
  },
  {
    name: "scale to none",
    kept: 2,
    operate: (tools) => attached(tools, {}, (deployment) => scaledTo(deployment, 0)),
    expect: runs(0, OLD_IMAGE),
  },
  {
    name: "update",
    kept: 2,
    operate: (tools) =>
      attached(tools, { replicas: 2 }, async (deployment) => {
        await deployment.update({ workload: { ...workloadOf(tools), image: NEW_IMAGE } });
        await deployment.untilReady();
      }),
    expect: runs(2, NEW_IMAGE),
  },
  {
    name: "stop",
    kept: 2,
    operate: (tools) => attached(tools, {}, (deployment) => deployment.stop()),
    expect: isStopped,
  },
  {
    name: "start",
    kept: 2,
    prepare: (tools) => attached(tools, {}, (deployment) => deployment.stop()),
    operate: (tools) => attached(tools, {}, untilReady, { beginsFirst: true }),
    expect: runs(2, OLD_IMAGE),
  },
  {
    name: "restart",
    kept: 2,
    operate: (tools) =>
      attached(tools, { replicas: 2 }, async (deployment) => {
        await deployment.restart();
        await deployment.untilReady();
      }),
    expect: runs(2, OLD_IMAGE),
  },
  {
    name: "delete",
    kept: 2,
    operate: (tools) => attached(tools, {}, (deployment) => deployment.delete()),
    expect: isGone,
  },
  {
    name: "gc",
    async prepare(tools) {
      await attached(tools, { replicas: 2, idleTimeoutSeconds: STAYING_SECONDS }, untilReady);
      await plant(tools);
    },
    async operate({ begin, store, provider }) {
      begin();
      await gc({ store, providers: [provider] });
    },
    expect: (end) => [...isGone(end), ...foreignLives(end)],
  },
  {
    name: "reconcile",
    isUnused: true,
    async prepare(tools) {
      await attached(tools, { replicas: 2, idleTimeoutSeconds: STAYING_SECONDS }, untilReady);
      const [victim] = tools.world.living();
      if (victim !== undefined) tools.world.kill(victim.name);
      await plant(tools);
    },
    async operate({ begin, store, provider }) {
      begin();
      await reconcile({ store, providers: [provider] });
    },
    // Nobody is there who could create another node.
    expect: (end) => [...runs(1, OLD_IMAGE, { replicas: 2 })(end), ...foreignLives(end)],
  },
];

/** The scenario of that name, for a process that is told no more. */
export function findProcessScenario(name: string): ProcessScenario {
  const scenario = processScenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`expected a scenario, but none is called ${name}`);
  return scenario;
}

/** Attaches to the deployment, new or not, and goes on using it. */
export async function attach(tools: ProcessTools, change: Partial<DeployRequest>): Promise<Deployment> {
  const workload = { ...workloadOf(tools), image: await currentImage(tools) };
  const { provider, store } = tools;
  return deploy(fixtureRequest(tools.directory, {}, { provider, store, workload, ...change }));
}

/** Attaches, does something, and detaches. */
async function attached(
  tools: ProcessTools,
  change: Partial<DeployRequest>,
  work: (deployment: Deployment) => Promise<void>,
  { beginsFirst = false } = {},
): Promise<void> {
  if (beginsFirst) tools.begin();
  const deployment = await attach(tools, change);
  if (!beginsFirst) tools.begin();
  try {
    await work(deployment);
  } finally {
    await deployment.dispose();
  }
}

/** What the deployment that is there runs, which an update may have changed. */
async function currentImage({ store }: ProcessTools): Promise<string> {
  const [row] = await store.transaction((transaction) => transaction.listDeployments());
  return row?.spec.image === NEW_IMAGE ? NEW_IMAGE : OLD_IMAGE;
}

function workloadOf({ directory }: ProcessTools): DeployRequest["workload"] {
  return fixtureRequest(directory).workload;
}

function untilReady(deployment: Deployment): Promise<void> {
  return deployment.untilReady();
}

async function scaledTo(deployment: Deployment, replicas: number): Promise<void> {
  await deployment.scale(replicas);
  await deployment.untilReady();
}

/** Nodes that this process holds, and no row names: one of this store's and one of another's. */
async function plant(tools: ProcessTools): Promise<void> {
  const { provider, store } = tools;
  const store8 = (await store.storeId()).slice(0, 8);
  const workload = workloadOf(tools);
  const [offering] = await provider.listOfferings();
  if (offering === undefined) throw new Error("expected this machine as an offering");
  for (const name of [formatNodeName({ store8, key8: "00000000", nonce: "00000000" }), foreignName]) {
    await provider.createNode({ name, workload, offering });
  }
}

function runs(nodes: number, image: string, { replicas = nodes } = {}) {
  return ({ content: { deployments }, living }: ProcessEndState): string[] => {
    const found = deployments.map(({ row }) => `${row.replicas} of ${row.spec.image}`).join("; ");
    const running = living.filter(({ name }) => name !== foreignName).length;
    const wanted = `${replicas} of ${image}`;
    if (found === wanted && running === nodes) return [];
    return [`expected ${wanted}, but found ${found || "nothing"}, with ${running} nodes that run`];
  };
}

function isStopped({ content: { deployments }, living }: ProcessEndState): string[] {
  const statuses = deployments.map(({ row }) => row.status).join();
  if (statuses === "STOPPED" && living.length === 0) return [];
  return [`expected a stopped deployment, but found ${statuses}, with ${living.length} nodes`];
}

/** What of this store's is left where nothing should be. */
export function isGone({ content: { deployments }, living }: ProcessEndState): string[] {
  const own = living.filter(({ name }) => name !== foreignName);
  if (deployments.length === 0 && own.length === 0) return [];
  return [`expected nothing, but found ${deployments.length} deployments and ${own.length} nodes`];
}

function foreignLives({ living }: ProcessEndState): string[] {
  return living.some(({ name }) => name === foreignName) ? [] : ["the node of another store is gone"];
}
