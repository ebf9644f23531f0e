import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { ProviderError } from "@conduit/types";
import { deploy } from "../deploy.ts";
import { ScopeChangedError } from "../deployment-error.ts";
import { FaultyProvider } from "../testing/faulty-provider.ts";
import { fixtureRequest, withDirectory } from "../testing/fixture.ts";
import { gc } from "./gc.ts";
import { reconcile } from "./reconcile.ts";

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
      for (const dryRun of [true, false]) {
        const { unused, leftAlone, errors } = await gc({ store, providers, dryRun });
        assert.deepEqual(unused, []);
        assert.deepEqual(
          leftAlone.map(({ id }) => id),
          [deployment.id],
        );
        assert.equal(errors.length, providers.length);
        for (const error of errors) {
          assert(ScopeChangedError.isInstance(error));
          assert.deepEqual(error.deploymentIds, [deployment.id]);
          assert.match(
            error.message,
            new RegExp(`where deployment ${deployment.id} runs, but it is .*elsewhere`),
          );
        }
      }
      assert.deepEqual(await statuses(), before);
    }
    // One that cannot be asked may be the right one.
    const refusal = new ProviderError("who are you?", { provider: "LOCAL", outcome: "none", retry: "never" });
    const unknown = new FaultyProvider(elsewhere, { scope: () => Promise.reject(refusal) });
    const asked = await reconcile({ store, providers: [unknown] });
    assert.ok(asked.errors.every((error) => error === refusal));
    assert.equal(asked.leftAlone.length, 1);
    const both = await reconcile({ store, providers: [elsewhere, provider] });
    assert.deepEqual([both.errors, both.leftAlone], [[], []]);
    const [row] = await store.transaction((transaction) => transaction.listDeployments());
    const report = await gc({ store, providers: [provider] });
    assert.equal(report.unused.length, 1);
    assert.ok(row?.endpointKey !== undefined);
    assert.ok(!JSON.stringify(report).includes(row.endpointKey), "the report holds no key");
    assert.deepEqual(await statuses(), []);
  }));
