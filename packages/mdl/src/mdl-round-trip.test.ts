import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@conduit/types";
import fc from "fast-check";
import { MdlSchemaError, mdl, parseMdl } from "./index.ts";
import { jsonSchemas } from "./testing/json-schemas.ts";
import { Mutants } from "./testing/mutants.ts";
import { oracleOf } from "./testing/oracle.ts";

const valuesPerSchema = 30;

/** The MDL of a schema; undefined where the schema is refused. */
function mdlOf(schema: JsonObject): string | undefined {
  try {
    return mdl(schema);
  } catch (error) {
    if (MdlSchemaError.isInstance(error)) return undefined;
    throw error;
  }
}

test("reads of the MDL of random schemas what accepts the same values and prints the same", (context) => {
  let expressed = 0;
  let accepted = 0;
  let rejected = 0;
  fc.assert(
    fc.property(jsonSchemas, fc.string(), (schema, seed) => {
      const text = mdlOf(schema);
      if (text === undefined) return;
      expressed += 1;
      const read = parseMdl(text);
      assert.equal(mdl(read), text);
      const accepts = oracleOf(schema);
      const acceptsRead = oracleOf(read);
      const mutants = new Mutants(schema, [], seed);
      for (let index = 0; index < valuesPerSchema; index += 1) {
        const value: JsonValue = mutants.next();
        const isAccepted = accepts(value);
        if (isAccepted) accepted += 1;
        else rejected += 1;
        assert.equal(acceptsRead(value), isAccepted, `${JSON.stringify(value)} and\n${text}`);
      }
    }),
    { numRuns: 500, seed: 1 },
  );
  context.diagnostic(`${expressed} schemas, ${accepted} values accepted, ${rejected} rejected`);
  assert.ok(expressed > 100 && accepted > 1000 && rejected > 1000);
});
