import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gc } from "@conduit/deployment";
import { LMLiteBlock } from "@conduit/lm-lite";
import { noDocker } from "@conduit/provider-local/testing";
import { openStateStore } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { required } from "./support/engine.ts";
import { EngineDaemon } from "./support/engine-daemon.ts";
import { temporaryDatabase, useTemporaryDatabase } from "./support/temporary-database.ts";
import { User } from "./support/user.ts";

useTemporaryDatabase();

const NAMESPACE = "docker";
const FOREIGN = "somebody-elses";
const Weather = Type.Object({
  sky: Type.Enum(["clear", "cloudy"]),
  degrees: Type.Integer({ minimum: -50, maximum: 60 }),
});

describe("a deployment on Docker", { skip: noDocker }, () => {
  const model = required("RANDOM_MODEL");
  let daemon: EngineDaemon;
  let inventory: Awaited<ReturnType<EngineDaemon["inventory"]>>;
  before(async () => {
    daemon = await EngineDaemon.start();
    await daemon.addForeign(FOREIGN);
    inventory = await daemon.inventory();
  });
  after(() => daemon[Symbol.asyncDispose]());

  const deploy = (store: StateStore) =>
    LMLiteBlock.deploy({ models: [{ id: model }], provider: daemon.provider, store, namespace: NAMESPACE });

  /** The node that answers. */
  async function ask(lm: LMLiteBlock): Promise<string> {
    const { value, node } = await lm.respond({ model, output: Weather, guidance: "What is the weather?" });
    Value.Assert(Weather, value);
    return node.name;
  }

  test("answers whatever happens to its container, and leaves nothing when it is deleted", async () => {
    await using store = await openStateStore();
    await using lm = await deploy(store);
    await lm.untilReady();
    const killed = await ask(lm);
    const baseUrlOf = async (name: string) => (await daemon.provider.getNode(name))?.baseUrl ?? "";
    for (const headers of [{}, { authorization: "Bearer guessed" }]) {
      const { status } = await fetch(`${await baseUrlOf(killed)}/v1/models`, { headers });
      assert.equal(status, 401);
    }
    using user = new User(NAMESPACE, daemon.providerOptions);
    assert.equal(await user.line(), "ready");
    assert.equal(await user.ask(), killed);

    await daemon.container(killed).kill();
    const [name, nameForUser] = await Promise.all([ask(lm), user.ask()]);
    assert.notEqual(name, killed);
    assert.equal(nameForUser, name);
    assert.deepEqual(await daemon.containers(), { [FOREIGN]: "created", [name]: "running" });

    const baseUrl = await baseUrlOf(name);
    await lm.stop();
    assert.deepEqual(await daemon.containers(), { [FOREIGN]: "created", [name]: "exited" });
    await assert.rejects(fetch(`${baseUrl}/health`));
    assert.equal(await ask(lm), name);
    assert.equal(await user.ask(), name);

    await lm.restart();
    const restarted = await ask(lm);
    assert.notEqual(restarted, name);
    assert.equal(await user.ask(), restarted);
    // Behind Conduit's back, and on another port.
    await daemon.container(restarted).restart();
    assert.deepEqual(await Promise.all([ask(lm), user.ask()]), [restarted, restarted]);
    assert.deepEqual(await daemon.containers(), { [FOREIGN]: "created", [restarted]: "running" });

    await lm.delete();
    assert.deepEqual(await daemon.inventory(), inventory);
  });

  test("that its store has forgotten goes with gc, and so does one that nobody uses, but no other", async () => {
    const providers = [daemon.provider];
    const collect = (store: StateStore, dryRun = false) =>
      gc({ store, providers, namespace: NAMESPACE, dryRun });
    await using store = await openStateStore({ uri: temporaryDatabase() });
    await using otherStore = await openStateStore({ uri: temporaryDatabase() });
    await using forgotten = await deploy(store);
    await using other = await deploy(otherStore);
    const [orphan, stranger] = await Promise.all([ask(forgotten), ask(other)]);
    await forgotten.dispose();
    await store.transaction(async (transaction) => {
      for (const { id } of await transaction.listDeployments()) await transaction.removeDeployment(id);
    });
    const both = { [FOREIGN]: "created", [orphan]: "running", [stranger]: "running" };
    assert.deepEqual(await daemon.containers(), both);

    const ofOther = await collect(otherStore);
    assert.deepEqual([ofOther.unused, ofOther.orphans, ofOther.errors], [[], [], []]);
    assert.deepEqual(
      ofOther.foreign.map(({ name }) => name),
      [orphan],
    );
    const dry = await collect(store, true);
    assert.deepEqual(dry.orphans, [orphan]);
    assert.deepEqual(
      dry.foreign.map(({ name }) => name),
      [stranger],
    );
    assert.deepEqual(await daemon.containers(), both);

    assert.deepEqual((await collect(store)).errors, []);
    assert.deepEqual(await daemon.containers(), { [FOREIGN]: "created", [stranger]: "running" });
    assert.equal(await ask(other), stranger);
    await other.dispose();
    const last = await collect(otherStore);
    assert.deepEqual([last.unused.length, last.errors], [1, []]);
    assert.deepEqual(await daemon.inventory(), inventory);
  });
});
