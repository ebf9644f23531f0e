import { formatNodeName } from "@conduit/types";
import type { DeployRequest } from "../../deploy-request.ts";
import type { Deployment } from "../../deployment.ts";
import { deploy, gc, reconcile } from "../../index.ts";
import type { EndState, Scenario, Tools } from "./scenario.ts";

const OLD_IMAGE = "engine:1";
const NEW_IMAGE = "engine:2";
/** Long enough for no node to end by itself while a case lasts. */
const NEVER_IDLE_SECONDS = 30 * 24 * 3_600;

/** Nodes that are none of this store's. */
const foreignName = formatNodeName({ store8: "ffffffff", key8: "ffffffff", nonce: "ffffffff" });

/** Every operation on deployments, interrupted and taken up again. */
export const coreScenarios: readonly Scenario[] = [
  scenario("deploy", {
    operate: (tools) =>
      attached(tools, { replicas: 2 }, (deployment) => deployment.untilReady(), { beginsFirst: true }),
    expect: runs(2, OLD_IMAGE),
  }),
  scenario("attach", {
    prepare: up(2),
    operate: (tools) => attached(tools, {}, (deployment) => deployment.untilReady(), { beginsFirst: true }),
    expect: runs(2, OLD_IMAGE),
  }),
  scenario("scale up", {
    prepare: up(1),
    operate: (tools) => attached(tools, {}, (deployment) => scaledTo(deployment, 3)),
    expect: runs(3, OLD_IMAGE),
  }),
  scenario("scale down", {
    prepare: up(3),
    operate: (tools) => attached(tools, {}, (deployment) => scaledTo(deployment, 1)),
    expect: runs(1, OLD_IMAGE),
  }),
  scenario("scale to none", {
    prepare: up(2),
    operate: (tools) => attached(tools, {}, (deployment) => scaledTo(deployment, 0)),
    // Without nodes and without anybody who uses it, it may be forgotten.
    expect: (end) => (end.content.deployments.length === 0 ? isGone(end) : runs(0, OLD_IMAGE)(end)),
  }),
  scenario("update", {
    prepare: up(2),
    operate: (tools) =>
      attached(tools, { replicas: 2 }, async (deployment) => {
        await deployment.update({ workload: workloadOf(NEW_IMAGE) });
        await deployment.untilReady();
      }),
    expect: runs(2, NEW_IMAGE),
  }),
  scenario("stop", {
    prepare: up(2),
    operate: (tools) => attached(tools, {}, (deployment) => deployment.stop()),
    expect: isStopped,
  }),
  scenario("restart", {
    prepare: up(2),
    operate: (tools) => attached(tools, { replicas: 2 }, restarted),
    expect: runs(2, OLD_IMAGE),
  }),
  scenario("start", {
    async prepare(tools) {
      await up(2)(tools);
      await attached(tools, {}, (deployment) => deployment.stop());
    },
    operate: (tools) => attached(tools, {}, (deployment) => deployment.untilReady(), { beginsFirst: true }),
    expect: runs(2, OLD_IMAGE),
  }),
  scenario("delete", {
    prepare: up(2),
    operate: (tools) => attached(tools, {}, (deployment) => deployment.delete()),
    expect: isGone,
  }),
  scenario("gc", {
    async prepare(tools) {
      await up(2)(tools);
      await plantOrphan(tools);
      tools.world.plant(foreignName);
    },
    async operate({ begin, store, provider, clock }) {
      begin();
      await gc({ store, providers: [provider], clock });
    },
    expect: (end) => [...isGone(end), ...foreignLives(end)],
  }),
  scenario("reconcile", {
    async prepare(tools) {
      await up(2)(tools);
      const [victim] = tools.world.living();
      if (victim !== undefined) tools.world.kill(victim.name);
      await plantOrphan(tools);
      tools.world.plant(foreignName);
    },
    async operate({ begin, store, provider, clock }) {
      begin();
      await reconcile({ store, providers: [provider], clock });
    },
    expect: foreignLives,
  }),
];

function scenario(
  name: string,
  {
    prepare = async () => {},
    ...rest
  }: Pick<Scenario, "operate" | "expect"> & Partial<Pick<Scenario, "prepare">>,
): Scenario {
  return {
    name,
    prepare,
    async recover({ store, provider, clock }) {
      await reconcile({ store, providers: [provider], clock });
    },
    ...rest,
  };
}

function workloadOf(image: string): DeployRequest["workload"] {
  return {
    image,
    env: {},
    secretEnv: {},
    ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
    healthPath: "/health",
  };
}

function request({ provider, offerings, store, clock, world }: Tools, image: string): DeployRequest {
  return {
    provider,
    store,
    clock,
    runtime: "LM_LITE",
    endpointKeyVariable: "LM_LITE_API_KEY",
    workload: workloadOf(image),
    offerings,
    idleTimeoutSeconds: NEVER_IDLE_SECONDS,
    probe: async ({ nodeName }) => {
      const node = world.living().find(({ name }) => name === nodeName);
      if (node?.status !== "running") throw new Error(`expected ${nodeName} to answer`);
      return { ready: true };
    },
  };
}

/** What the deployment that is there runs, which an update may have changed. */
async function currentImage({ store }: Tools): Promise<string> {
  const [row] = await store.transaction((transaction) => transaction.listDeployments());
  return row?.spec.image === NEW_IMAGE ? NEW_IMAGE : OLD_IMAGE;
}

/** Attaches to the deployment, new or not, does something with it, and detaches. */
async function attached(
  tools: Tools,
  change: Partial<DeployRequest>,
  work: (deployment: Deployment) => Promise<void>,
  { beginsFirst = false } = {},
): Promise<void> {
  if (beginsFirst) tools.begin();
  const deployment = await deploy({ ...request(tools, await currentImage(tools)), ...change });
  if (!beginsFirst) tools.begin();
  try {
    await work(deployment);
  } finally {
    await deployment.dispose();
  }
}

async function scaledTo(deployment: Deployment, replicas: number): Promise<void> {
  await deployment.scale(replicas);
  await deployment.untilReady();
}

async function restarted(deployment: Deployment): Promise<void> {
  await deployment.restart();
  await deployment.untilReady();
}

function up(replicas: number) {
  return (tools: Tools) => attached(tools, { replicas }, (deployment) => deployment.untilReady());
}

/** A node of this store that its rows know nothing of: the database was set back. */
async function plantOrphan({ store, world }: Tools): Promise<void> {
  const store8 = (await store.storeId()).slice(0, 8);
  world.plant(formatNodeName({ store8, key8: "00000000", nonce: "00000000" }));
}

function runs(replicas: number, image: string) {
  return ({ content: { deployments }, world }: EndState): string[] => {
    const found = deployments.map(({ row }) => `${row.status} of ${row.replicas} with ${row.spec.image}`);
    const running = world.living().filter(({ status }) => status === "running").length;
    const wanted = [`DEPLOYED of ${replicas} with ${image}`];
    if (String(found) === String(wanted) && running === replicas) return [];
    return [`expected ${wanted}, but found ${found.join("; ") || "nothing"}, with ${running} nodes that run`];
  };
}

function isStopped({ content: { deployments }, world }: EndState): string[] {
  const statuses = deployments.map(({ row }) => row.status);
  const running = world.living().filter(({ status }) => status !== "stopped").length;
  if (String(statuses) === "STOPPED" && running === 0) return [];
  return [`expected a stopped deployment, but found ${statuses}, with ${running} nodes that run`];
}

function isGone({ content: { deployments }, world }: EndState): string[] {
  const own = world.living().filter(({ name }) => name !== foreignName);
  if (deployments.length === 0 && own.length === 0) return [];
  return [`expected nothing, but found ${deployments.length} deployments and ${own.length} nodes`];
}

function foreignLives({ world }: EndState): string[] {
  return world.living().some(({ name }) => name === foreignName) ? [] : ["the node of another store is gone"];
}
