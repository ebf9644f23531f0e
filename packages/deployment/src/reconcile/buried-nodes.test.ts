import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore } from "@conduit/state";
import { formatNodeName, ProviderError } from "@conduit/types";
import { deploy } from "../deploy.ts";
import { FaultyProvider } from "../testing/faulty-provider.ts";
import { fixtureRequest, withDirectory } from "../testing/fixture.ts";
import { reconcile } from "./reconcile.ts";

test("a node that was given up and cannot be ended keeps no deployment from what it does", () =>
  withDirectory(async (directory) => {
    const real = new LocalProvider({ directory });
    const refusal = new ProviderError("not yours", { provider: "LOCAL", outcome: "none", retry: "never" });
    let nodeName = "";
    const provider = new FaultyProvider(real, {
      terminateNode: async (terminate, id) => {
        if (id === nodeName) throw refusal;
        await terminate(id);
      },
    });
    const request = fixtureRequest(directory, {}, { provider, keep: true });
    const { store, workload } = request;
    const storeId = await store.storeId();
    nodeName = formatNodeName({ store8: storeId.slice(0, 8), key8: "00000000", nonce: "00000001" });
    const [offering] = await real.listOfferings();
    assert.ok(offering);
    await real.createNode({ name: nodeName, workload, offering });
    const scope = await real.scope();
    await store.transaction((transaction) =>
      transaction.putTombstone({ nodeName, provider: "LOCAL", scope, reason: "test", createdAtMs: 1 }),
    );
    const deployment = await deploy(request);
    await deployment.untilReady();
    await deployment.delete();
    const { errors } = await reconcile({ store, providers: [provider] });
    assert.deepEqual(errors, [refusal]);
    await real.terminateNode(nodeName);
  }));

test("a name that was given up is forgotten after 30 days, where the provider knows no such node", () =>
  withDirectory(async (directory) => {
    const provider = new LocalProvider({ directory });
    const dayMs = 24 * 60 * 60_000;
    let nowMs = 1_000;
    const store = new MemoryStateStore({ clock: () => nowMs });
    const [store8, scope] = [(await store.storeId()).slice(0, 8), await provider.scope()];
    const nameOf = (nonce: string) => formatNodeName({ store8, key8: "00000000", nonce });
    const [here, elsewhere] = [nameOf("00000001"), nameOf("00000002")];
    await store.transaction(async (transaction) => {
      const tombstone = { provider: "LOCAL", reason: "test", createdAtMs: nowMs } as const;
      await transaction.putTombstone({ ...tombstone, nodeName: here, scope });
      await transaction.putTombstone({ ...tombstone, nodeName: elsewhere, scope: "another machine" });
    });
    const left = async () =>
      (await store.transaction((transaction) => transaction.listTombstones())).map(
        ({ nodeName }) => nodeName,
      );
    nowMs += 30 * dayMs - 1;
    await reconcile({ store, providers: [provider] });
    assert.deepEqual(await left(), [here, elsewhere]);
    nowMs += 1;
    const { events } = await reconcile({ store, providers: [provider] });
    assert.deepEqual(await left(), [elsewhere]);
    assert.deepEqual(
      events.map(({ action, nodeName }) => [action, nodeName]),
      [["tombstone-remove", here]],
    );
  }));
