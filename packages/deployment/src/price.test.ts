import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { deploy } from "./deploy.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { fixtureRequest, untilNoProcess, withDirectory } from "./testing/fixture.ts";

test("a node that costs more than planned ends the deploy with both prices, and leaves nothing", () =>
  withDirectory(async (directory) => {
    const priced = <T extends object>(node: T) => ({ ...node, priceMicroDollarsPerHour: 700_000 });
    const provider = new FaultyProvider(new LocalProvider({ directory }), {
      createNode: async (create, spec) => priced(await create(spec)),
      getNode: async (get, id) => {
        const node = await get(id);
        return node && priced(node);
      },
      listNodes: async (list, prefix) => (await list(prefix)).map(priced),
    });
    const [offering] = await provider.listOfferings();
    assert.ok(offering);
    const request = fixtureRequest(directory, {}, { provider });
    const cheap = { ...offering, priceMicroDollarsPerHour: 500_000 };
    await assert.rejects(deploy({ ...request, offering: cheap }), (error) => {
      assert(error instanceof Error);
      assert.match(error.message, /\$0\.50 .*\$0\.70/);
      return true;
    });
    await untilNoProcess(directory);
    await request.store.transaction(async (transaction) => {
      assert.deepEqual(await transaction.listDeployments(), []);
    });
  }));
