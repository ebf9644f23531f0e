import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidStateNumberError, StateConflictError } from "../../state-error.ts";
import { failsWith } from "../fails-with.ts";
import { attachmentOf, deployment, node, tombstone } from "../rows.ts";
import { read, type Stores } from "./stores.ts";

/** What a store promises of the values of a row. */
export function testRows(stores: Stores): void {
  test("rows come back as they were put, with all their fields and with the fewest", () =>
    stores.withOne(async (store) => {
      const full = {
        deployment: {
          ...deployment("full"),
          imageDigest: "sha256:0",
          gpu: "L4",
          gpuCount: 8,
          status: "DEPLOYED",
          spec: { a: [1, 2.5, null, true, { b: "\u0000 \ud800 “ü”" }] },
          secretNames: ["HF_TOKEN"],
          keep: true,
          maxLifetimeSeconds: 3_600,
          drainTimeoutSeconds: 60,
          plannedPriceMicroDollarsPerHour: 2 ** 40,
          actualPriceMicroDollarsPerHour: 2 ** 41,
          scaling: { min: 0, max: 8, targetOutstanding: 2.5 },
          lowLoadSinceMs: 6,
          spentMicroDollars: 2 ** 42,
          failures: 2,
          lastError: "it burnt",
          createdAtMs: 2_000_000_000_000,
        },
        node: {
          ...node("full", "full"),
          status: "FAILED",
          externalId: "id",
          baseUrl: "http://127.0.0.1:1",
          portMap: { http: 8000, metrics: 9000 },
          attempts: 3,
          actualPriceMicroDollarsPerHour: 0,
          creatorId: "x",
          offeringId: "L4 in oslo",
          plannedPriceMicroDollarsPerHour: 390_000,
          billedSinceMs: 3,
          missingSinceMs: 4,
          lastError: "",
        },
        attachment: { ...attachmentOf("full", "full"), nodesInUse: ["full"] },
      } as const;
      await store.transaction(async (transaction) => {
        await transaction.putDeployment({ ...deployment("a"), gpu: undefined });
        await transaction.putDeployment(full.deployment);
        await transaction.putNode(full.node);
        await transaction.putNode(node("a", "full"));
        await transaction.putAttachment(full.attachment);
      });
      await store.transaction(async (transaction) => {
        const { gpu, ...row } = (await transaction.getDeployment("a")) ?? {};
        assert.equal(gpu, undefined);
        assert.deepEqual(row, deployment("a"));
        assert.deepEqual(await transaction.getDeployment("full"), full.deployment);
        assert.deepEqual(await transaction.listNodes("full"), [node("a", "full"), full.node]);
        assert.deepEqual(await transaction.listAttachments("full"), [full.attachment]);
      });
    }));

  test("fields of a row that is put again may go", () =>
    stores.withOne(async (store) => {
      await store.transaction(async (transaction) => {
        await transaction.putDeployment({ ...deployment("a"), gpu: "L4", keep: true });
        await transaction.putDeployment(deployment("a"));
        await transaction.putNode({ ...node("n", "a"), externalId: "id", lastError: "no" });
        await transaction.putNode(node("n", "a"));
      });
      await store.transaction(async (transaction) => {
        assert.deepEqual(await transaction.getDeployment("a"), deployment("a"));
        assert.deepEqual(await transaction.getNode("n"), node("n", "a"));
      });
    }));

  test("a deployment that is put without its endpoint key keeps it, and a new one needs it", () =>
    stores.withOne(async (store) => {
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await transaction.putDeployment({ ...deployment("a"), keep: true, endpointKey: undefined });
        assert.deepEqual(await transaction.getDeployment("a"), { ...deployment("a"), keep: true });
        await assert.rejects(
          transaction.putDeployment({ ...deployment("b"), endpointKey: undefined }),
          failsWith(
            StateConflictError,
            "expected deployment b to have an endpoint key, or to be there already, but found neither",
          ),
        );
      });
    }));

  test("keeps rows from one transaction to the next", () =>
    stores.withOne(async (store) => {
      await store.transaction((transaction) => transaction.putDeployment(deployment("a")));
      await store.transaction(async (transaction) => {
        assert.deepEqual(await transaction.getDeployment("a"), deployment("a"));
        assert.deepEqual(await transaction.findDeployment("default", "key of a"), deployment("a"));
        assert.equal(await transaction.findDeployment("other", "key of a"), undefined);
        assert.deepEqual(await transaction.listDeployments(), [deployment("a")]);
        assert.deepEqual(await transaction.listDeployments("other"), []);
      });
    }));

  test("a row put again replaces the first", () =>
    stores.withOne(async (store) => {
      const row = { ...deployment("a"), status: "DEPLOYED" } as const;
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await transaction.putDeployment(row);
      });
      assert.deepEqual(await read(store, (transaction) => transaction.listDeployments()), [row]);
    }));

  test("a row is its values at the time of the call", () =>
    stores.withOne(async (store) => {
      const spec = { models: ["one"] };
      await store.transaction(async (transaction) => {
        await transaction.putDeployment({ ...deployment("a"), spec });
        spec.models.push("two");
      });
      const row = await read(store, (transaction) => transaction.getDeployment("a"));
      assert.deepEqual(row?.spec, { models: ["one"] });
    }));

  test("the end of a log is kept, whatever is in it", () =>
    stores.withOne(async (store) => {
      const text = "panic\0\ud800 'ü' 💥";
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await transaction.putNode({ ...node("n", "a"), lastError: text });
        await transaction.putTombstone({ ...tombstone("t"), reason: text });
        await transaction.appendEvent({
          actor: "me",
          action: "node-fail",
          outcome: "failed",
          detail: text,
        });
      });
      const kept = "panic\ufffd\ufffd 'ü' 💥";
      await store.transaction(async (transaction) => {
        assert.equal((await transaction.getNode("n"))?.lastError, kept);
        assert.deepEqual(await transaction.listTombstones(), [{ ...tombstone("t"), reason: kept }]);
        assert.equal((await transaction.listEvents())[0]?.detail, kept);
      });
    }));

  test("numbers that would come back as others are refused", () =>
    stores.withOne(async (store) => {
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        for (const found of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
          const refused = (field: string, what: string) =>
            failsWith(
              InvalidStateNumberError,
              `expected ${field} of ${what} to be a whole number below 2^53, but found ${found}`,
            );
          await assert.rejects(
            transaction.putDeployment({ ...deployment("a"), maxLifetimeSeconds: found }),
            refused("maxLifetimeSeconds", "deployment a"),
          );
          await assert.rejects(
            transaction.putNode({ ...node("n", "a"), actualPriceMicroDollarsPerHour: found }),
            refused("actualPriceMicroDollarsPerHour", "node n"),
          );
          await assert.rejects(
            transaction.putAttachment({ ...attachmentOf("x", "a"), leaseExpiresAtMs: found }),
            refused("leaseExpiresAtMs", "attachment x"),
          );
          await assert.rejects(
            transaction.putTombstone({ ...tombstone("t"), createdAtMs: found }),
            refused("createdAtMs", "tombstone t"),
          );
          await assert.rejects(transaction.acquireLease("n", "h", found), refused("durationMs", "a lease"));
          await assert.rejects(
            transaction.renewLease({ namespace: "n", fencingToken: 1 }, found),
            refused("durationMs", "a lease"),
          );
          await assert.rejects(
            transaction.listEvents({ limit: found }),
            refused("limit", "the filter of events"),
          );
        }
      });
      assert.deepEqual(await read(store, (transaction) => transaction.listDeployments()), [deployment("a")]);
    }));
}
