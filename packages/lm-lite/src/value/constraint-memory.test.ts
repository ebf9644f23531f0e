import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { ConstraintMemory } from "./constraint-memory.ts";

const A = Type.Object({ a: Type.String() });
const B = Type.Object({ b: Type.String() });

test("a refused format holds for all schemas of the model, a refused schema for that one", () => {
  const memory = new ConstraintMemory(() => 0);
  memory.remember("format", "small", A);
  memory.remember("schema", "large", A);
  assert.deepEqual(
    [
      memory.refuses("small", A),
      memory.refuses("small", B),
      memory.refuses("large", A),
      memory.refuses("large", B),
    ],
    [true, true, true, false],
  );
  assert.equal(memory.refuses("other", A), false);
});

test("refusals are forgotten after an hour", () => {
  let minutes = 0;
  const memory = new ConstraintMemory(() => minutes * 60_000);
  memory.remember("format", "m", A);
  memory.remember("schema", "n", A);
  minutes = 59;
  assert.ok(memory.refuses("m", A) && memory.refuses("n", A));
  minutes = 60;
  assert.ok(!memory.refuses("m", A) && !memory.refuses("n", A));
});
