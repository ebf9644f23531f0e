import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "@conduit/provider-runpod/testing";
import { CrashHarness } from "../crash-harness.ts";
import { memoryStores } from "../memory-stores.ts";
import { type ToyMistakes, toyScenario } from "../toy-controller.ts";
import { runpodProviders } from "./runpod-providers.ts";

const lost: Fault = { kind: "fails-after", operation: "createPod" };

/** What kills at all points of a small controller leave behind on pods, by the first words of each finding. */
async function findingsOf(mistakes: ToyMistakes, faults: readonly Fault[]) {
  await using harness = await CrashHarness.over(await runpodProviders());
  await using stores = memoryStores();
  const spec = { scenario: toyScenario(mistakes), stores, faults, interruption: "kill" } as const;
  const points = await harness.everyPoint(() => spec);
  const findings = harness.tally.failed.flatMap((failed) => failed.findings);
  const kinds = new Set(findings.map((each) => each.split(":")[0]));
  return { points, kinds: [...kinds], summary: harness.tally.summary() };
}

for (const faults of [[], [lost], [{ kind: "rate-limited", retryAfterSeconds: 5, times: 3 }]] as const) {
  const kindsOf = faults.map(({ kind }) => kind).join();
  test(`a controller that does it right is found to do so, with ${kindsOf || "no fault"}`, async (context) => {
    const { points, kinds, summary } = await findingsOf({}, faults);
    context.diagnostic(summary);
    assert.deepEqual(kinds, [], summary);
    assert.ok(points >= 6, `${points} points`);
  });
}

for (const [mistakes, faults, kind] of [
  [{ recordsLate: true }, [], "leaked"],
  [{ trustsFailures: true }, [lost], "leaked"],
  [{ trustsLists: true }, [lost, { kind: "pod-appears-late", delayMs: 650_000 }], "leaked"],
  [{ reusesNames: true, trustsFailures: true }, [lost], "doubled"],
  // It looks at no price at all.
  [{}, [{ kind: "price-raised", byMicroDollarsPerHour: 200_000 }], "dearer"],
] as const) {
  test(`${Object.keys(mistakes).join(" and ") || "no price looked at"}: found to be ${kind}`, async () => {
    const { kinds, summary } = await findingsOf(mistakes, faults);
    assert.ok(kinds.includes(kind), `${kinds}; ${summary}`);
  });
}
