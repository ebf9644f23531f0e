import assert from "node:assert/strict";
import { test } from "node:test";
import { addUsage, NO_USAGE, subtractUsage, type Usage } from "./index.ts";

const call: Usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };

test("usage adds up, and no usage changes nothing", () => {
  assert.deepEqual(addUsage(call, { inputTokens: 1, outputTokens: 2, totalTokens: 3 }), {
    inputTokens: 11,
    outputTokens: 7,
    totalTokens: 18,
  });
  const reasoned: Usage = { ...call, reasoningTokens: 4 };
  assert.equal(addUsage(reasoned, call).reasoningTokens, 4);
  assert.equal(addUsage(reasoned, reasoned).reasoningTokens, 8);
  assert.deepEqual([call, call].reduce(addUsage, NO_USAGE), addUsage(call, call));
  assert.throws(() => Object.assign(NO_USAGE, call), TypeError);
});

test("what is left of a usage and what was taken are the whole", () => {
  const reasoned: Usage = { ...call, reasoningTokens: 4 };
  assert.deepEqual(subtractUsage(addUsage(call, reasoned), call), reasoned);
  assert.deepEqual(subtractUsage(call, NO_USAGE), call);
  assert.deepEqual(addUsage(subtractUsage(reasoned, call), call), reasoned);
});
