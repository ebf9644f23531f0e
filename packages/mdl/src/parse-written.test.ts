import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { parse } from "./parse.ts";

test("what was written stays beside what the schema makes of it", () => {
  const Upper = z.object({ name: z.string().transform((name) => name.toUpperCase()) });
  const { value, written } = parse('{"name":"ada"}', Upper);
  assert.deepEqual(value, { name: "ADA" });
  assert.deepEqual(written, { name: "ada" });
});
