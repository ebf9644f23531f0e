import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import { type ComputeProvider, formatNodeName, type NodeSpec, type StateStore } from "@conduit/types";
import { deploy } from "../deploy.ts";
import type { Deployment } from "../deployment.ts";
import { NodeNotAdoptableError } from "../deployment-error.ts";
import { DEPLOYMENT_VARIABLE, formatLabel, parseLabel } from "../deployment-label.ts";
import { SharedAccount } from "../testing/account/shared-account.ts";
import { Tenant } from "../testing/account/tenant.ts";
import { ask, fixtureRequest, processesOf, untilNoProcess, withDirectory } from "../testing/fixture.ts";
import { standInOfferings } from "../testing/stand-in/offerings.ts";
import { gc } from "./gc.ts";

const HOUR_MS = 3_600_000;
const LONG_MS = 600_000;
const image = "engine:1";

/** Two stores at one account: one that was lost, and one that is there now. */
async function withLoss(
  body: (account: SharedAccount, lost: Tenant, present: Tenant) => Promise<void>,
): Promise<void> {
  await using account = await SharedAccount.create();
  const open = () => Tenant.create(account, new MemoryStateStore({ clock: account.storeTime }));
  await body(account, await open(), await open());
}

const endpointsOf = ({ endpoints }: Deployment) =>
  endpoints.toSorted((a, b) => (a.nodeName < b.nodeName ? -1 : 1));

/** Brings nodes up that stay; their endpoints. */
const bringUp = (tenant: Tenant, replicas: number) =>
  tenant.deploy(image, { replicas, keep: true }, async (deployment) => {
    await deployment.untilReady();
    return endpointsOf(deployment);
  });

const namesOf = (nodes: readonly { readonly nodeName: string }[]) => nodes.map(({ nodeName }) => nodeName);

const deploymentsOf = (store: StateStore) =>
  store.transaction((transaction) => transaction.listDeployments());

/** Expects that a node is not adopted, and that nothing changes. */
async function refused(tenant: Tenant, name: string, message: RegExp): Promise<void> {
  const before = await deploymentsOf(tenant.store);
  const { adopted, errors } = await tenant.gc({ adopt: [name] });
  assert.deepEqual(adopted, []);
  const [error] = errors;
  assert(NodeNotAdoptableError.isInstance(error), String(error));
  assert.equal(error.nodeName, name);
  assert.match(error.message, message);
  assert.deepEqual(await deploymentsOf(tenant.store), before);
}

/** A node of another store with the environment that `change` makes of a real one's. */
async function plant(
  account: SharedAccount,
  like: string,
  change: (env: Readonly<Record<string, string>>) => Promise<Record<string, string>>,
): Promise<string> {
  const provider = account.provider("ffffffff");
  const [model] = await provider.listNodes(like);
  const key8 = like.split("-")[2] ?? "";
  const name = formatNodeName({ store8: "ffffffff", key8, nonce: randomBytes(4).toString("hex") });
  const [offering] = standInOfferings(provider.name);
  assert(offering !== undefined);
  const workload: NodeSpec["workload"] = {
    image,
    env: await change(model?.env ?? {}),
    secretEnv: {},
    ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
    healthPath: "/health",
  };
  await provider.createNode({ name, workload, offering });
  return name;
}

describe("adopting nodes of a store that was lost", () => {
  test("lets a program that deploys the same use them, with their key", () =>
    withLoss(async (account, lost, present) => {
      const endpoints = await bringUp(lost, 2);
      const report = await present.gc({ dryRun: true });
      assert.deepEqual(
        report.foreign.map(({ deployment }) => [deployment?.namespace, deployment?.spec.image]),
        [
          ["default", image],
          ["default", image],
        ],
      );
      const { adopted, errors, events } = await present.gc({ adopt: namesOf(endpoints) });
      assert.deepEqual([adopted, errors], [namesOf(endpoints), []]);
      assert.deepEqual(
        events.map(({ action, outcome }) => `${action} ${outcome}`),
        ["node-adopt done", "node-adopt done"],
      );
      assert.deepEqual((await present.gc()).foreign, []);
      await present.deploy(image, {}, async (deployment) => {
        await deployment.untilReady();
        assert.deepEqual(endpointsOf(deployment), endpoints);
        assert.equal(deployment.replicas, 2);
        account.clock.advance(HOUR_MS);
        assert.equal((await deployment.cost()).spentMicroDollars, 2 * 400_000);
        await deployment.delete();
      });
      assert.equal(account.world.createdByName().size, 2);
      assert.deepEqual(account.world.living(), []);
    }));

  test("one by one lets them join what is there", () =>
    withLoss(async (account, lost, present) => {
      const [first, second] = await bringUp(lost, 2);
      assert(first !== undefined && second !== undefined);
      await present.gc({ adopt: [first.nodeName] });
      const replicas = async () => (await deploymentsOf(present.store)).map((row) => row.replicas);
      assert.deepEqual(await replicas(), [1]);
      await present.gc({ adopt: [second.nodeName] });
      assert.deepEqual(await replicas(), [2]);
      assert.equal(account.world.living().length, 2);
    }));

  test("leaves those stopped that were, until somebody needs them", () =>
    withLoss(async (account, lost, present) => {
      const [endpoint] = await bringUp(lost, 1);
      await lost.deploy(image, {}, (deployment) => deployment.stop());
      const name = endpoint?.nodeName ?? "";
      await present.gc({ adopt: [name] });
      assert.deepEqual(
        (await deploymentsOf(present.store)).map(({ status }) => status),
        ["STOPPED"],
      );
      assert.deepEqual(
        account.world.living().map(({ status }) => status),
        ["stopped"],
      );
      await present.deploy(image, {}, async (deployment) => {
        await deployment.untilReady();
        assert.deepEqual(namesOf(deployment.endpoints), [name]);
      });
    }));

  test("keeps them from gc for an hour, and for as long as they were to be kept", () =>
    withLoss(async (account, lost, present) => {
      const kept = await bringUp(lost, 1);
      const unkept = await lost.deploy("engine:2", {}, async (deployment) => {
        await deployment.untilReady();
        return namesOf(deployment.endpoints);
      });
      await present.gc({ adopt: [...namesOf(kept), ...unkept] });
      account.clock.advance(HOUR_MS - 1_000);
      assert.deepEqual((await present.gc()).unused, []);
      account.clock.advance(1_000);
      assert.equal((await present.gc()).unused.length, 1);
      assert.deepEqual(
        account.world.living().map(({ name }) => name),
        namesOf(kept),
      );
    }));

  test("is refused with what to do where it cannot be done", () =>
    withLoss(async (account, lost, present) => {
      const [endpoint] = await bringUp(lost, 1);
      const name = endpoint?.nodeName ?? "";
      await refused(present, name.replace(/.$/, "z"), /providers list none of that name/);
      const mute = await plant(account, name, async () => ({}));
      await refused(present, mute, /say what it runs.*does not show CONDUIT_DEPLOYMENT.*end it/);
      const broken = await plant(account, name, async () => ({ [DEPLOYMENT_VARIABLE]: "{" }));
      await refused(present, broken, /say what it runs/);
      const keyless = await plant(account, name, async (env) => ({
        [DEPLOYMENT_VARIABLE]: env[DEPLOYMENT_VARIABLE] ?? "",
      }));
      await refused(present, keyless, /does not show LM_LITE_API_KEY/);
      const altered = await plant(account, name, async (env) => {
        const label = await parseLabel(env[DEPLOYMENT_VARIABLE] ?? "");
        assert(label !== undefined);
        return { ...env, [DEPLOYMENT_VARIABLE]: formatLabel({ ...label, spec: { image: "other" } }) };
      });
      await refused(present, altered, /another key/);
      await present.deploy(image, { keep: true }, (deployment) => deployment.untilReady());
      await refused(present, name, /demands another/);
      assert.equal(account.nodesOf(lost.store8).length, 1);
    }));

  test("is refused in another namespace", () =>
    withLoss(async (_, lost, present) => {
      const endpoints = await lost.deploy(image, { keep: true, namespace: "mine" }, async (deployment) => {
        await deployment.untilReady();
        return endpointsOf(deployment);
      });
      const [name = ""] = namesOf(endpoints);
      await refused(present, name, /namespace default, .* it is of mine/);
      assert.deepEqual((await present.gc({ adopt: [name], namespace: "mine" })).adopted, [name]);
    }));

  test("asks a provider for the key that does not show it", () =>
    withLoss(async (account, lost, present) => {
      const [endpoint] = await bringUp(lost, 1);
      const shows = account.provider(present.store8);
      const hides: ComputeProvider = {
        ...shows,
        async listNodes(prefix, options) {
          const nodes = await shows.listNodes(prefix, options);
          return nodes.map(({ env: { LM_LITE_API_KEY: _, ...env } = {}, ...node }) => ({ ...node, env }));
        },
        readSecret: async (id, name) => (await shows.getNode(id))?.env?.[name],
      };
      const adopt = [endpoint?.nodeName ?? ""];
      const { errors } = await gc({ store: present.store, providers: [hides], adopt });
      assert.deepEqual(errors, []);
      const [row] = await deploymentsOf(present.store);
      assert.equal(row?.endpointKey, endpoint?.key);
    }));

  test("is all or nothing at every point at which its program is killed", () =>
    withLoss(async (account, lost, present) => {
      const [name = ""] = namesOf(await bringUp(lost, 1));
      for (let at = 1; ; at++) {
        const fresh = await Tenant.create(account, new MemoryStateStore({ clock: account.storeTime }));
        const isKilled = await fresh.killedAt(at, { adopt: [name] });
        account.clock.advance(LONG_MS);
        const { foreign, adopted, errors } = await fresh.gc({ adopt: [name] });
        assert.deepEqual(
          errors.filter((error) => !NodeNotAdoptableError.isInstance(error)),
          [],
        );
        assert.equal(foreign.length, adopted.length, "it was foreign still, or adopted already");
        assert.deepEqual(
          (await deploymentsOf(fresh.store)).map(({ replicas }) => replicas),
          [1],
        );
        assert.deepEqual(
          account.world.living().map((node) => node.name),
          [name],
        );
        if (!isKilled) break;
        assert.ok(at < 100);
      }
      assert.deepEqual(await deploymentsOf(present.store), []);
    }));

  test("at a provider of processes leads to programs that answer", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, {}, { keep: true, store: new MemoryStateStore() });
      const before = await deploy(request);
      await before.untilReady();
      const [pid] = await processesOf(directory);
      const names = namesOf(before.endpoints);
      await before.dispose();
      const store = new MemoryStateStore();
      const providers = [request.provider];
      assert.deepEqual((await gc({ store, providers, adopt: names })).errors, []);
      const after = await deploy({ ...request, store });
      await after.untilReady();
      {
        using lease = await after.acquire();
        assert.equal(await ask(lease.endpoint), pid);
      }
      await after.delete();
      await untilNoProcess(directory);
    }));
});

describe("ending nodes of another store", () => {
  test("is done by the next reconciliation where it was interrupted", () =>
    withLoss(async (account, lost) => {
      const [name = ""] = namesOf(await bringUp(lost, 1));
      for (let at = 1; account.world.living().length > 0; at++) {
        const fresh = await Tenant.create(account, new MemoryStateStore({ clock: account.storeTime }));
        await fresh.killedAt(at, { foreign: [name] });
        account.clock.advance(LONG_MS);
        const isGivenUp = (await fresh.store.transaction((each) => each.listTombstones())).length > 0;
        await fresh.reconcile();
        assert.equal(account.world.living().length, isGivenUp ? 0 : 1);
        assert.ok(at < 100);
      }
    }));

  test("is done again where the provider did not, also with one that was adopted", () =>
    withLoss(async (account, lost, present) => {
      const [first = "", second = ""] = namesOf(await bringUp(lost, 2));
      await present.gc({ adopt: [second] });
      account.faults = [{ kind: "terminate-ignored", times: 2 }];
      const ended = await present.gc({ foreign: [first, second] });
      assert.deepEqual(
        ended.foreign.map(({ name }) => name),
        [first],
      );
      assert.equal(account.world.living().length, 2);
      await present.reconcile();
      await present.reconcile();
      assert.deepEqual(
        account.world.living().map(({ name }) => name),
        [second],
      );
    }));
});
