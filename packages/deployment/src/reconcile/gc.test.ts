import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import { SharedAccount } from "../testing/account/shared-account.ts";
import { Tenant } from "../testing/account/tenant.ts";

test("leaves deployments alone that run at none of the providers", async () => {
  await using account = await SharedAccount.create();
  const tenant = await Tenant.create(account, new MemoryStateStore({ clock: account.storeTime }));
  await tenant.acquire("unused");
  const rows = () => tenant.store.transaction((transaction) => transaction.listDeployments());
  const before = await rows();
  assert.equal(before.length, 1);
  assert.deepEqual((await tenant.gc({ providers: [] })).unused, []);
  // The key of another account shows none of the nodes.
  account.faults = [{ kind: "account-changed" }];
  assert.deepEqual((await tenant.gc()).unused, []);
  account.faults = [];
  assert.deepEqual(await rows(), before);
  assert.equal((await tenant.gc()).unused.length, 1);
  assert.deepEqual([await rows(), account.world.living()], [[], []]);
});
