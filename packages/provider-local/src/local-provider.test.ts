import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalProvider, type LocalProviderOptions } from "./local-provider.ts";
import { fixtureSpec, until, withDirectory } from "./testing/fixture.ts";

test("nodes are processes unless containers are asked for", () =>
  withDirectory(async (directory) => {
    const provider = new LocalProvider({ directory });
    assert.deepEqual([provider.name, provider.mode], ["LOCAL", "process"]);
    assert.deepEqual(provider.capabilities, {
      deploymentType: "PROCESS",
      visibilityWindowMs: 0,
      canStop: false,
      canSelfTerminate: true,
      endsWithHolders: true,
      spot: false,
    });
    assert.match(await provider.scope(), new RegExp(`:${directory}$`));
    assert.equal((await provider.listOfferings()).length, 1);
    const { id } = await provider.createNode(fixtureSpec("one"));
    const hold = await provider.holdNode?.(id);
    assert(hold !== undefined);
    assert.deepEqual(
      (await provider.listNodes("o")).map(({ name }) => name),
      ["one"],
    );
    await assert.rejects(provider.stopNode(id), /can only end/);
    await assert.rejects(provider.startNode(id), /create another node/);
    assert.deepEqual(await Array.fromAsync(provider.logs(id, { tailLines: 0 })), []);
    hold.release();
    await until("the node to end", async () => (await provider.getNode(id)) === undefined);
    await provider.terminateNode(id);
  }));

test("what a provider can do depends on how its nodes run, and nothing is asked for it", () => {
  const provider = new LocalProvider({ mode: "docker", docker: { host: "tcp://gpu.example" } });
  assert.equal(provider.mode, "docker");
  assert.deepEqual(provider.capabilities, {
    deploymentType: "CONTAINER",
    visibilityWindowMs: 2_000,
    canStop: true,
    canSelfTerminate: true,
    endsWithHolders: false,
    spot: false,
  });
  assert.equal(provider.holdNode, undefined);
});

test("left to itself, a provider takes Docker where somebody has named a daemon that may be there", () => {
  const modeOf = (docker: LocalProviderOptions["docker"]) => new LocalProvider({ mode: "auto", docker }).mode;
  assert.equal(modeOf({ host: "tcp://gpu.example" }), "docker");
  assert.equal(modeOf({ host: "ssh://gpu.example" }), "docker");
  assert.equal(modeOf({ host: "unix:///not/there.sock" }), "process");
});
