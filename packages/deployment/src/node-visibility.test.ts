import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { ProviderError } from "@conduit/types";
import { deploy } from "./deploy.ts";
import { FaultyProvider } from "./testing/faulty-provider.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";

const env = { FIXTURE_LISTEN_AFTER_MS: "1500" };

test("a node that its provider does not show yet is waited for", () =>
  withDirectory(async (directory) => {
    let missed = 0;
    const provider = new FaultyProvider(new LocalProvider({ directory }), {
      capabilities: { visibilityWindowMs: 60_000 },
      getNode: async (get, id) => (missed++ < 3 ? undefined : get(id)),
    });
    await using deployment = await deploy(fixtureRequest(directory, env, { provider }));
    const [before] = (await deployment.health()).nodes;
    await deployment.untilReady();
    assert.ok(missed > 3);
    assert.deepEqual(
      (await deployment.health()).nodes.map(({ nodeName }) => nodeName),
      [before?.nodeName],
    );
  }));

test("a provider that does not answer for a while does not end the wait for its node, one that refuses does", () =>
  withDirectory(async (directory) => {
    const failure = (retry: "later" | "never") =>
      new ProviderError(`try ${retry}`, { provider: "LOCAL", outcome: "none", retry });
    let refuses = false;
    let asked = 0;
    const provider = new FaultyProvider(new LocalProvider({ directory }), {
      getNode: async (get, id) => {
        if (refuses) throw failure("never");
        if (asked++ < 3) throw failure("later");
        return get(id);
      },
    });
    await using deployment = await deploy(fixtureRequest(directory, env, { provider }));
    await deployment.untilReady();
    await using other = await deploy(fixtureRequest(directory, env, { provider, namespace: "other" }));
    refuses = true;
    await assert.rejects(other.untilReady(), /try never/);
    refuses = false;
  }));
