import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import fc from "fast-check";
import type { GcReport } from "./reconcile/gc.ts";
import { SharedAccount } from "./testing/account/shared-account.ts";
import { type Holding, Tenant } from "./testing/account/tenant.ts";
import type { Fault } from "./testing/stand-in/fault.ts";

const RUNS = 60;
const LONG_MS = 600_000;

const holding = fc.constantFrom<Holding>("kept", "stopped", "unused", "creating", "buried", "orphan");

const times = { times: fc.integer({ min: 1, max: 3 }), skip: fc.integer({ min: 0, max: 12 }) };
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant("list-fails" as const), ...times }),
  fc.record({ kind: fc.constant("terminate-ignored" as const), ...times }),
  fc.record({ kind: fc.constant("terminate-answer-lost" as const), ...times }),
  fc.record({ kind: fc.constant("unauthorized" as const), ...times }),
  fc.record({ kind: fc.constant("account-changed" as const), ...times }),
);

const act = fc.record({
  who: fc.constantFrom(0, 1),
  what: fc.constantFrom("gc" as const, "dry run" as const, "reconcile" as const),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

async function perform(tenant: Tenant, what: Act["what"]): Promise<GcReport | undefined> {
  if (what !== "reconcile") return tenant.gc({ dryRun: what === "dry run" });
  await tenant.reconcile();
  return undefined;
}

test("whatever two stores hold and do at one account, neither changes the other's nodes, and their own orphans go", () =>
  fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.array(holding, { maxLength: 4 }), fc.array(holding, { maxLength: 4 })),
      fc.array(fault, { maxLength: 4 }),
      // Those of one list at once, one list after the other.
      fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
      async (holdings, faults, acts) => {
        await using account = await SharedAccount.create();
        const open = () => Tenant.create(account, new MemoryStateStore({ clock: account.storeTime }));
        const tenants = [await open(), await open()] as const;
        for (const [index, each] of holdings.entries()) {
          for (const one of each) await tenants[index]?.acquire(one);
        }
        const neighbourOf = (tenant: Tenant) => (tenant === tenants[0] ? tenants[1] : tenants[0]);
        const checkForeign = (tenant: Tenant, { foreign }: GcReport, { isWhole }: { isWhole: boolean }) => {
          const names = foreign.map(({ name }) => name);
          assert.deepEqual(
            names.filter((name) => name.startsWith(`conduit-${tenant.store8}`)),
            [],
          );
          if (!isWhole) return;
          assert.deepEqual(
            neighbourOf(tenant).lasting.filter((name) => !names.includes(name)),
            [],
          );
        };

        account.faults = faults;
        // The list of another account is whole, too.
        const isOneAccount = !faults.some(({ kind }) => kind === "account-changed");
        for (const atOnce of acts) {
          await Promise.all(
            atOnce.map(async ({ who, what }) => {
              const tenant = tenants[who] ?? tenants[0];
              const report = await perform(tenant, what);
              const isWhole = isOneAccount && report?.errors.length === 0;
              if (report !== undefined) checkForeign(tenant, report, { isWhole });
            }),
          );
          assert.deepEqual(account.trespasses, []);
          account.clock.advance(LONG_MS);
        }

        account.faults = [];
        for (const tenant of tenants) {
          // What was not seen before is now, and what is ended is gone by the third.
          for (let count = 0; count < 3; count++) {
            account.clock.advance(LONG_MS);
            const report = await tenant.gc();
            assert.deepEqual(report.errors, []);
            checkForeign(tenant, report, { isWhole: true });
          }
          const own = account.nodesOf(tenant.store8).map(({ name }) => name);
          assert.deepEqual(own.sort(), tenant.lasting.toSorted());
        }
        assert.deepEqual(account.trespasses, []);
      },
    ),
    { numRuns: RUNS },
  ));
