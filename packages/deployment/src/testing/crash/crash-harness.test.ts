import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Fault } from "../stand-in/fault.ts";
import { CrashHarness } from "./crash-harness.ts";
import { memoryStores } from "./memory-stores.ts";
import { noPostgres } from "./postgres-server.ts";
import { postgresStores } from "./postgres-stores.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import { type ToyMistakes, toyScenario } from "./toy-controller.ts";

const lostAnswer: Fault = { kind: "create-answer-lost" };
const lateNode: Fault = { kind: "node-appears-late", delayMs: 800 };

/** What all interruptions of a small controller leave behind, by the first words of each finding. */
async function findingsOf(mistakes: ToyMistakes, faults: readonly Fault[] = []) {
  await using harness = await CrashHarness.create();
  await using stores = memoryStores();
  const scenario = toyScenario(mistakes);
  let points = 0;
  for (const interruption of ["kill", "fail"] as const) {
    points = await harness.everyPoint(() => ({ scenario, stores, faults, interruption }));
    await harness.everyPair("recover", { scenario, stores, faults, interruption });
  }
  const kinds = new Set(
    harness.tally.failed.flatMap(({ findings }) => findings.map((each) => each.split(":")[0])),
  );
  return { points, kinds: [...kinds].sort(), summary: harness.tally.summary() };
}

test("a controller that does it right is found to do so, at every point", async (context) => {
  for (const faults of [[], [lostAnswer], [lateNode], [lostAnswer, lateNode]]) {
    const { points, kinds, summary } = await findingsOf({}, faults);
    context.diagnostic(summary);
    assert.deepEqual(kinds, [], summary);
    assert.ok(points >= 10, `${points} points`);
  }
});

test("a node that is written down only once it is there is found to leak", async () => {
  const { kinds } = await findingsOf({ recordsLate: true });
  assert.ok(kinds.includes("leaked"), String(kinds));
});

test("a lost answer that is taken for a refusal is found to leak", async () => {
  const { kinds } = await findingsOf({ trustsFailures: true }, [lostAnswer]);
  assert.ok(kinds.includes("leaked"), String(kinds));
});

test("a list that is believed too early is found to leak", async () => {
  const { kinds } = await findingsOf({ trustsLists: true }, [{ ...lateNode, delayMs: 650_000 }]);
  assert.ok(kinds.includes("leaked"), String(kinds));
});

test("a name that is used again is found to be doubled", async () => {
  const { kinds } = await findingsOf({ reusesNames: true, trustsFailures: true }, [lostAnswer]);
  assert.ok(kinds.includes("doubled"), String(kinds));
});

test("cases in SQLite", async (context) => {
  await using harness = await CrashHarness.create();
  await using stores = await sqliteStores(join(harness.directory, "stores"));
  await harness.everyPoint(() => ({
    scenario: toyScenario(),
    stores,
    faults: [lostAnswer],
    interruption: "kill",
  }));
  context.diagnostic(harness.tally.summary());
  assert.deepEqual(harness.tally.failed, []);
});

test("cases in PostgreSQL", { skip: noPostgres }, async (context) => {
  await using harness = await CrashHarness.create();
  await using stores = await postgresStores();
  await harness.everyPoint(() => ({
    scenario: toyScenario(),
    stores,
    faults: [lostAnswer],
    interruption: "kill",
  }));
  context.diagnostic(harness.tally.summary());
  assert.deepEqual(harness.tally.failed, []);
});
