import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MemoryStateStore } from "@conduit/state";
import type { AttachmentRow, StateStore } from "@conduit/types";
import { deploy } from "./deploy.ts";
import { gc } from "./reconcile/gc.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";

/** Longer than any lease. */
const LONG_MS = 600_000;
/** Not yet enough to be taken for gone. */
const LATE_MS = 1_000;

/** A store whose time is set forward, as it seems to all who waited for a process that was suspended in the middle of a transaction. */
function storeWithShift() {
  let shiftMs = 0;
  const store = new MemoryStateStore({ clock: () => Date.now() + shiftMs });
  return {
    store,
    letTimePass: () => {
      shiftMs += LONG_MS;
    },
  };
}

/** Another program's use of a deployment. */
function otherUser(store: StateStore, deploymentId: string) {
  const renew = () =>
    store.transaction(async (transaction) => {
      const leaseExpiresAtMs = transaction.nowMs + 60_000;
      const row: AttachmentRow = {
        id: "another program's",
        deploymentId,
        host: "elsewhere",
        pid: 7,
        outstanding: 0,
        leaseExpiresAtMs,
      };
      await transaction.putAttachment(row);
    });
  return { renew };
}

function deploymentsIn(store: StateStore) {
  return store.transaction((transaction) => transaction.listDeployments());
}

async function assertStays(store: StateStore, id: string): Promise<void> {
  const [found] = await deploymentsIn(store);
  assert.equal(found?.id, id);
  assert.notEqual(found?.status, "DELETING");
}

test("a program that leaves does not end what another one uses that could not renew in time", () =>
  withDirectory(async (directory) => {
    const { store, letTimePass } = storeWithShift();
    const deployment = await deploy(fixtureRequest(directory, {}, { store }));
    const other = otherUser(store, deployment.id);
    await other.renew();
    letTimePass();
    const left = deployment.dispose();
    await delay(LATE_MS);
    await other.renew();
    await left;
    await assertStays(store, deployment.id);
  }));

test("a program that leaves ends what nobody else uses, once it is sure of that", () =>
  withDirectory(async (directory) => {
    const { store, letTimePass } = storeWithShift();
    const deployment = await deploy(fixtureRequest(directory, {}, { store }));
    await otherUser(store, deployment.id).renew();
    letTimePass();
    await deployment.dispose();
    assert.deepEqual(await deploymentsIn(store), []);
  }));

for (const [name, collect] of [
  ["gc", gc],
  ["reconcile", reconcile],
] as const) {
  test(`${name} does not end what a program uses that could not renew in time`, () =>
    withDirectory(async (directory) => {
      const { store, letTimePass } = storeWithShift();
      const request = fixtureRequest(directory, {}, { store });
      const deployment = await deploy(request);
      const other = otherUser(store, deployment.id);
      await other.renew();
      await deployment.dispose();
      letTimePass();
      const collected = collect({ store, providers: [request.provider] });
      await delay(LATE_MS);
      await other.renew();
      await collected;
      await assertStays(store, deployment.id);
      await store.transaction((transaction) => transaction.removeAttachment("another program's"));
      await gc({ store, providers: [request.provider] });
      assert.deepEqual(await deploymentsIn(store), []);
    }));
}
