import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { deploy } from "../deploy.ts";
import { fixtureRequest, withDirectory } from "../testing/fixture.ts";
import { gc } from "./gc.ts";

test("gc leaves deployments alone that run at none of its providers, or at another account of one", () =>
  withDirectory(async (directory) => {
    const request = fixtureRequest(directory, {}, { idleTimeoutSeconds: 600 });
    const { store, provider } = request;
    const deployment = await deploy(request);
    await deployment.dispose();
    const statuses = async () =>
      (await store.transaction((transaction) => transaction.listDeployments())).map(({ status }) => status);
    const before = await statuses();
    assert.equal(before.length, 1);
    const elsewhere = new LocalProvider({ directory: `${directory}/elsewhere` });
    for (const providers of [[], [elsewhere]]) {
      assert.deepEqual((await gc({ store, providers, dryRun: true })).unused, []);
      assert.deepEqual((await gc({ store, providers })).unused, []);
      assert.deepEqual(await statuses(), before);
    }
    const [row] = await store.transaction((transaction) => transaction.listDeployments());
    const report = await gc({ store, providers: [provider] });
    assert.equal(report.unused.length, 1);
    assert.ok(row?.endpointKey !== undefined);
    assert.ok(!JSON.stringify(report).includes(row.endpointKey), "the report holds no key");
    assert.deepEqual(await statuses(), []);
  }));
