import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../stand-in/fault.ts";
import { CrashHarness } from "./crash-harness.ts";
import { memoryStores } from "./memory-stores.ts";
import { sweepAll } from "./saved-sweep.ts";
import { standInProviders } from "./stand-in-providers.ts";
import { type ToyMistakes, toyScenario } from "./toy-controller.ts";

const lostAnswer: Fault = { kind: "create-answer-lost" };
const lateNode: Fault = { kind: "node-appears-late", delayMs: 800 };
const tooLateNode: Fault = { kind: "node-appears-late", delayMs: 650_000 };

/** What all interruptions of a small controller leave behind, by the first words of each finding. */
async function findingsOf(mistakes: ToyMistakes, faults: readonly Fault[]) {
  const faultSets = [[], [lostAnswer], [lateNode], faults];
  await using harness = await CrashHarness.over({ ...standInProviders, faultSets });
  await using stores = memoryStores();
  await sweepAll(harness, toyScenario(mistakes), stores);
  // Without a lease it cannot know that others have done its work while it was suspended.
  const failed = harness.tally.failed.filter(({ title }) => !title.includes("suspend at"));
  const findings = failed.flatMap((each) => each.findings);
  return { kinds: new Set(findings.map((each) => each.split(":")[0])), summary: harness.tally.summary() };
}

test("a controller that does it right is found to do so, at every point with its faults", async (context) => {
  const { kinds, summary } = await findingsOf({}, [lostAnswer, lateNode]);
  context.diagnostic(summary);
  assert.deepEqual([...kinds], [], summary);
});

for (const { mistakes, faults = [], kind } of [
  { mistakes: { recordsLate: true }, kind: "leaked" },
  { mistakes: { trustsFailures: true }, kind: "leaked" },
  { mistakes: { trustsLists: true }, faults: [tooLateNode], kind: "leaked" },
  { mistakes: { reusesNames: true, trustsFailures: true }, kind: "doubled" },
]) {
  test(`a controller that ${Object.keys(mistakes).join(" and ")} is found out`, async () => {
    const { kinds, summary } = await findingsOf(mistakes, faults);
    assert.ok(kinds.has(kind), `${[...kinds]}; ${summary}`);
  });
}
