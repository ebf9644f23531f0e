import assert from "node:assert/strict";
import { test } from "node:test";
import { StateConflictError } from "../../state-error.ts";
import { failsWith } from "../fails-with.ts";
import { attachmentOf, deployment, node, tombstone } from "../rows.ts";
import type { Stores } from "./stores.ts";

/** What a store promises of rows that belong to each other. */
export function testRelations(stores: Stores): void {
  test("a deployment that is put again keeps its nodes", () =>
    stores.withOne(async (store) => {
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await transaction.putNode(node("n", "a"));
        await transaction.putDeployment({ ...deployment("a"), status: "STOPPED" });
        assert.deepEqual(await transaction.listNodes("a"), [node("n", "a")]);
      });
    }));

  test("lists begin with the oldest, by code point among equals", () =>
    stores.withOne(async (store) => {
      await store.transaction(async (transaction) => {
        for (const id of ["b", "a-c", "B", "ab"]) await transaction.putDeployment(deployment(id));
        await transaction.putDeployment({ ...deployment("old"), createdAtMs: 0 });
        for (const name of ["b", "a-c", "B", "ab"]) {
          await transaction.putNode(node(name, "b"));
          await transaction.putTombstone(tombstone(name));
        }
        await transaction.putNode({ ...node("old", "b"), createdAtMs: 0 });
        const sorted = ["B", "a-c", "ab", "b"];
        const deployments = await transaction.listDeployments("default");
        assert.deepEqual(
          deployments.map(({ id }) => id),
          ["old", ...sorted],
        );
        const nodes = await transaction.listNodes("b");
        assert.deepEqual(
          nodes.map(({ name }) => name),
          ["old", ...sorted],
        );
        const tombstones = await transaction.listTombstones();
        assert.deepEqual(
          tombstones.map(({ nodeName }) => nodeName),
          sorted,
        );
      });
    }));

  test("a key is used once in a namespace", () =>
    stores.withOne(async (store) => {
      const twin = { ...deployment("b"), key: deployment("a").key };
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await transaction.putDeployment({ ...twin, id: "c", namespace: "other" });
      });
      await assert.rejects(
        store.transaction((transaction) => transaction.putDeployment(twin)),
        failsWith(
          StateConflictError,
          'expected at most one deployment of key key of a in namespace "default", but found a beside b',
        ),
      );
    }));

  test("nodes and attachments belong to a deployment and go with it", () =>
    stores.withOne(async (store) => {
      const attachment = attachmentOf("x", "a");
      await assert.rejects(
        store.transaction((transaction) => transaction.putNode(node("n", "nobody"))),
        failsWith(
          StateConflictError,
          "expected node n to belong to a deployment, but there is none with id nobody",
        ),
      );
      await assert.rejects(
        store.transaction((transaction) => transaction.putAttachment(attachment)),
        failsWith(
          StateConflictError,
          "expected attachment x to belong to a deployment, but there is none with id a",
        ),
      );
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await transaction.putDeployment(deployment("b"));
        await transaction.putNode(node("n", "a"));
        await transaction.putNode(node("m", "b"));
        await transaction.putAttachment(attachment);
      });
      await store.transaction(async (transaction) => {
        assert.deepEqual(await transaction.getNode("n"), node("n", "a"));
        assert.deepEqual(await transaction.listNodes("a"), [node("n", "a")]);
        assert.deepEqual(await transaction.listAttachments("a"), [attachment]);
        assert.deepEqual(await transaction.listAttachments("b"), []);
        await transaction.removeDeployment("a");
      });
      await store.transaction(async (transaction) => {
        assert.equal(await transaction.getDeployment("a"), undefined);
        assert.equal(await transaction.getNode("n"), undefined);
        assert.deepEqual(await transaction.listAttachments("a"), []);
        assert.deepEqual(await transaction.listNodes("b"), [node("m", "b")]);
      });
    }));

  test("single rows are removed, and removing what is not there is fine", () =>
    stores.withOne(async (store) => {
      const attachment = attachmentOf("x", "a");
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await transaction.putNode(node("n", "a"));
        await transaction.putAttachment(attachment);
        await transaction.putTombstone(tombstone("t"));
      });
      await store.transaction(async (transaction) => {
        for (let time = 0; time < 2; time++) {
          await transaction.removeNode("n");
          await transaction.removeAttachment("x");
          await transaction.removeTombstone("t");
          await transaction.removeDeployment("nobody");
        }
        assert.deepEqual(await transaction.listNodes("a"), []);
        assert.deepEqual(await transaction.listAttachments("a"), []);
        assert.deepEqual(await transaction.listTombstones(), []);
      });
    }));
}
