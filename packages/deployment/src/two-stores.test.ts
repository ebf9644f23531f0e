import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { StateStore } from "@conduit/types";
import { SharedAccount } from "./testing/account/shared-account.ts";
import { type Holding, Tenant } from "./testing/account/tenant.ts";
import { noPostgres, startPostgres } from "./testing/crash/postgres-server.ts";
import { openDatabase } from "./testing/crash/store-kind.ts";
import type { Fault } from "./testing/stand-in/fault.ts";

const holdings: readonly Holding[] = ["kept", "stopped", "unused", "creating", "buried", "orphan"];

const faults: readonly Fault[] = [
  { kind: "list-fails", times: 3, skip: 2 },
  { kind: "terminate-ignored", times: 2 },
  { kind: "terminate-answer-lost", times: 2, skip: 1 },
  { kind: "unauthorized", times: 3, skip: 15 },
  { kind: "account-changed", times: 2, skip: 3 },
];

/** Longer than any lease, visibility window or late appearance. */
const LONG_MS = 600_000;

/** Two stores at one account, each with everything that it can have there. */
async function withTenants(
  open: (directory: string, account: SharedAccount) => Promise<readonly [StateStore, StateStore]>,
  body: (account: SharedAccount, one: Tenant, other: Tenant) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "ct-"));
  await using account = await SharedAccount.create();
  const stores = await open(directory, account);
  try {
    const [one, other] = [await Tenant.create(account, stores[0]), await Tenant.create(account, stores[1])];
    for (const holding of holdings) await Promise.all([one.acquire(holding), other.acquire(holding)]);
    await body(account, one, other);
  } finally {
    for (const store of stores) await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const sqlite = (directory: string, { clock }: SharedAccount, name: string) =>
  openDatabase(`sqlite:///${directory}/${name}.db`, clock);

const twoFiles = async (directory: string, account: SharedAccount) =>
  [await sqlite(directory, account, "one"), await sqlite(directory, account, "other")] as const;

const namesOf = (nodes: readonly { readonly name: string }[]) => nodes.map(({ name }) => name).sort();

/** gc of one store finds all of the other's nodes, and changes none of them, however often it runs. */
async function gcLeavesOthersAlone(account: SharedAccount, one: Tenant, other: Tenant): Promise<void> {
  const othersAtFirst = account.nodesOf(other.store8);
  const visible = othersAtFirst.filter(({ isVisible }) => isVisible);
  assert.ok(visible.length < othersAtFirst.length, "one is not seen yet");
  const own = account.nodesOf(one.store8);

  const dry = await one.gc({ dryRun: true });
  assert.deepEqual(dry.errors, []);
  assert.deepEqual(namesOf(dry.foreign), namesOf(visible));
  assert.deepEqual(dry.orphans, one.orphans);
  assert.deepEqual(account.nodesOf(one.store8), own);

  const report = await one.gc();
  assert.deepEqual(report.errors, []);
  assert.deepEqual(namesOf(report.foreign), namesOf(visible));
  assert.deepEqual(report.orphans, one.orphans);
  account.clock.advance(LONG_MS);
  await one.reconcile();
  const last = await one.gc();
  assert.deepEqual(last.errors, []);
  assert.deepEqual(last.orphans, []);
  const othersAtLast = account.nodesOf(other.store8);
  assert.deepEqual(namesOf(last.foreign), namesOf(othersAtLast));
  assert.deepEqual(
    othersAtLast.map(({ id, status }) => [id, status]),
    othersAtFirst.map(({ id, status }) => [id, status]),
  );
  assert.deepEqual(namesOf(account.nodesOf(one.store8)), one.lasting.toSorted());
  assert.deepEqual(account.trespasses, []);
}

describe("two stores on one provider account, each with nodes that run, are stopped, come late, or are lost", () => {
  test("gc of one never touches the other's nodes, and names them", () =>
    withTenants(twoFiles, async (account, one, other) => {
      await gcLeavesOthersAlone(account, one, other);
    }));

  test("the same with one store in PostgreSQL, in both directions", { skip: noPostgres }, async () => {
    await using server = await startPostgres();
    const open = async (directory: string, account: SharedAccount) =>
      [
        await sqlite(directory, account, "one"),
        await openDatabase(server.uri(await server.createDatabase()), account.clock),
      ] as const;
    await withTenants(open, gcLeavesOthersAlone);
    await withTenants(open, (account, one, other) => gcLeavesOthersAlone(account, other, one));
  });

  test("all at once, again and again, while the provider fails", () =>
    withTenants(twoFiles, async (account, one, other) => {
      account.faults = faults;
      for (let round = 0; round < 4; round++) {
        await Promise.all(
          [one, other].flatMap((tenant) => [
            tenant.gc(),
            tenant.reconcile(),
            tenant.gc(),
            tenant.gc({ dryRun: true }),
          ]),
        );
        account.clock.advance(LONG_MS);
      }
      account.faults = [];
      for (const tenant of [one, other]) {
        const { errors, foreign } = await tenant.gc();
        assert.deepEqual(errors, []);
        assert.deepEqual(namesOf(account.nodesOf(tenant.store8)), tenant.lasting.toSorted());
        const neighbour = tenant === one ? other : one;
        assert.ok(neighbour.lasting.every((name) => namesOf(foreign).includes(name)));
      }
      assert.deepEqual(account.trespasses, []);
    }));
});
