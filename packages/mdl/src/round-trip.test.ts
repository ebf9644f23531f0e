import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/compile";
import { mdl, toJsonSchema } from "./index.ts";
import { typedValues } from "./testing/typed-values.ts";

test("writes a JSON Schema that every value fits, and prints every schema", () => {
  fc.assert(
    fc.property(typedValues(3), ({ schema, values }) => {
      const validator = Compile(toJsonSchema(schema, { closed: false }));
      for (const { value } of values) assert.ok(validator.Check(value));
      assert.ok(mdl(schema).length > 0);
    }),
    { numRuns: 300, seed: 1 },
  );
});
