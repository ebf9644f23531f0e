import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ComputeProvider, ProviderError } from "@conduit/types";
import type { Fault } from "./fault.ts";
import { writeFaults } from "./fault-plan.ts";
import { nodeSpec, offerings, StandInFixture } from "./fixture.ts";
import { EPOCH_MS } from "./stand-in-provider.ts";

const names = async (provider: ComputeProvider, prefix = "") =>
  (await provider.listNodes(prefix)).map(({ name }) => name);

const fails = (outcome: ProviderError["outcome"], retry: ProviderError["retry"]) => (error: unknown) =>
  ProviderError.isInstance(error) && error.outcome === outcome && error.retry === retry;

describe("a stand-in", () => {
  test("creates, shows, stops, starts and terminates nodes that all its processes see", async () => {
    using fixture = new StandInFixture();
    const [one, other] = [fixture.provider(), fixture.provider()];
    const node = await one.createNode(nodeSpec("a-1"));
    assert.deepEqual([node.name, node.status, node.priceMicroDollarsPerHour], ["a-1", "running", 400_000]);
    assert.deepEqual(node.env, { MODELS: "[]", KEY: "secret" });
    assert.equal(node.createdAtMs, EPOCH_MS);
    assert.deepEqual(await other.getNode(node.id), node);
    await one.createNode(nodeSpec("b-1"));
    assert.deepEqual(await names(other, "a-"), ["a-1"]);
    await other.stopNode(node.id);
    assert.equal((await one.getNode(node.id))?.status, "stopped");
    await one.startNode(node.id);
    assert.equal((await other.getNode(node.id))?.status, "running");
    await other.terminateNode(node.id);
    await other.terminateNode(node.id);
    assert.equal(await one.getNode(node.id), undefined);
    assert.deepEqual(await names(one), ["b-1"]);
    await assert.rejects(one.startNode(node.id), fails("none", "never"));
  });

  test("takes a name twice, and remembers it", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider();
    const first = await provider.createNode(nodeSpec("a-1"));
    await provider.terminateNode(first.id);
    await provider.createNode(nodeSpec("a-1"));
    assert.deepEqual([...fixture.world.createdByName()], [["a-1", 2]]);
  });

  test("counts what nodes cost while they run", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider();
    const { id } = await provider.createNode(nodeSpec("a-1"));
    await provider.createNode(nodeSpec("b-1", { offering: offerings.large, maxLifetimeSeconds: 3_600 }));
    fixture.clock.advance(3_600_000);
    assert.equal(fixture.world.costMicroDollars(), 400_000 + 2_500_000);
    await provider.stopNode(id);
    fixture.clock.advance(3_600_000);
    await provider.startNode(id);
    fixture.clock.advance(1_800_000);
    await provider.terminateNode(id);
    fixture.clock.advance(3_600_000);
    assert.equal(fixture.world.costMicroDollars(), 600_000 + 2_500_000);
  });

  test("ends a node at the end of its lifetime", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider();
    await provider.createNode(nodeSpec("a-1", { maxLifetimeSeconds: 60 }));
    fixture.clock.advance(59_999);
    assert.deepEqual(await names(provider), ["a-1"]);
    fixture.clock.advance(1);
    assert.deepEqual([await names(provider), fixture.world.living()], [[], []]);
  });

  test("keeps a record of each call", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "list-fails" }]);
    await provider.createNode(nodeSpec("a-1"));
    await assert.rejects(provider.listNodes("a-"));
    const journal = fixture.world
      .journal()
      .map(({ call, about, failure }) => [call, about, failure !== undefined]);
    assert.deepEqual(journal, [
      ["createNode", "a-1", false],
      ["listNodes", "a-", true],
    ]);
  });
});

describe("faults of a stand-in", () => {
  test("an answer to a create that is lost: the node is there", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "create-answer-lost" }]);
    await assert.rejects(provider.createNode(nodeSpec("a-1")), fails("maybe", "later"));
    assert.deepEqual(await names(provider), ["a-1"]);
    await provider.createNode(nodeSpec("a-2"));
  });

  test("a request to create that is lost: there is no node", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "create-request-lost" }]);
    await assert.rejects(provider.createNode(nodeSpec("a-1")), fails("maybe", "later"));
    assert.deepEqual(await names(provider), []);
  });

  test("no capacity for one offering: others are to be had", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "create-refused", offeringId: "small", times: 9 }]);
    await assert.rejects(provider.createNode(nodeSpec("a-1")), fails("none", "next-offering"));
    await provider.createNode(nodeSpec("a-2", { offering: offerings.large }));
    assert.deepEqual(await names(provider), ["a-2"]);
  });

  test("a node that appears late: neither list nor look-up know it before", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "node-appears-late", delayMs: 4_000 }]);
    const { id } = await provider.createNode(nodeSpec("a-1"));
    fixture.clock.advance(3_999);
    assert.deepEqual([await names(provider), await provider.getNode(id)], [[], undefined]);
    assert.equal(fixture.world.living().length, 1);
    fixture.clock.advance(1);
    assert.equal((await provider.getNode(id))?.name, "a-1");
    assert.deepEqual(await names(provider), ["a-1"]);
  });

  test("a price above the offering's", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "price-raised", byMicroDollarsPerHour: 5 }]);
    assert.equal((await provider.createNode(nodeSpec("a-1"))).priceMicroDollarsPerHour, 400_005);
  });

  for (const leaves of ["failed", "nothing"] as const) {
    test(`a node that dies and leaves ${leaves}`, async () => {
      using fixture = new StandInFixture();
      const provider = fixture.provider([{ kind: "node-dies", afterMs: 1_000, leaves }]);
      const { id } = await provider.createNode(nodeSpec("a-1"));
      fixture.clock.advance(1_000);
      assert.equal((await provider.getNode(id))?.status, leaves === "failed" ? "failed" : undefined);
    });
  }

  test("a terminate that does nothing the first times", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "terminate-ignored", times: 2 }]);
    const { id } = await provider.createNode(nodeSpec("a-1"));
    for (const left of [1, 1, 0]) {
      await provider.terminateNode(id);
      assert.equal((await names(provider)).length, left);
    }
  });

  test("an answer to a terminate that is lost: the node has ended", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "terminate-answer-lost" }]);
    const { id } = await provider.createNode(nodeSpec("a-1"));
    await assert.rejects(provider.terminateNode(id), fails("maybe", "later"));
    assert.deepEqual(await names(provider), []);
  });

  test("a process with the key of another account: other scope, no nodes, and none that it can end", async () => {
    using fixture = new StandInFixture();
    writeFaults(fixture.directory, [{ kind: "account-changed", skip: 1 }]);
    const [one, other] = [fixture.provider(), fixture.provider()];
    const { id } = await one.createNode(nodeSpec("a-1"));
    assert.notEqual(await other.scope(), await one.scope());
    assert.deepEqual(await names(other), []);
    assert.equal(await other.getNode(id), undefined);
    await other.terminateNode(id);
    assert.equal(await fixture.provider().scope(), await one.scope());
    assert.deepEqual(await names(one), ["a-1"]);
  });

  test("a key that is refused, whatever is asked", async () => {
    using fixture = new StandInFixture();
    const provider = fixture.provider([{ kind: "unauthorized", times: 2 }]);
    await assert.rejects(provider.scope(), fails("none", "never"));
    await assert.rejects(provider.createNode(nodeSpec("a-1")), fails("none", "never"));
    assert.deepEqual(await names(provider), []);
  });

  test("a plan in the folder counts for all processes together", async () => {
    using fixture = new StandInFixture();
    const faults: readonly Fault[] = [{ kind: "list-fails", skip: 1, times: 2 }];
    writeFaults(fixture.directory, faults);
    const [one, other] = [fixture.provider(), fixture.provider()];
    await one.listNodes("");
    await assert.rejects(other.listNodes(""));
    await assert.rejects(one.listNodes(""));
    await other.listNodes("");
  });
});
