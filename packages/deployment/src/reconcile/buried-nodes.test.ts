import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
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
