import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { JsonValue } from "@conduit/types";
import { MdlSchemaError, mdl, parseMdl } from "./index.ts";
import { type CorpusFile, corpus } from "./testing/corpus.ts";
import { Mutants } from "./testing/mutants.ts";
import { oracleOf } from "./testing/oracle.ts";

const files = corpus();
const mutantsPerSchema = 20;
/** Mutants are drawn until half of them are of each kind, or so often. */
const draws = 120;

interface Expressed extends CorpusFile {
  readonly text: string;
  readonly accepts: (value: JsonValue) => boolean;
}

/** Instances of the corpus whose flag is not what JSON Schema says: 12345.0 is an integer there. */
const wrongFlags = ["Github_trivial---o14485.json"];

describe("real schemas", { skip: files.length === 0 && "CONDUIT_TEST_DATA is not set" }, () => {
  const expressed: Expressed[] = [];
  const refused = new Map<string, number>();

  before(() => {
    for (const file of files) {
      try {
        expressed.push({ ...file, text: mdl(file.schema), accepts: oracleOf(file.schema) });
      } catch (error) {
        if (!MdlSchemaError.isInstance(error)) throw new Error(file.name, { cause: error });
        refused.set(error.found, (refused.get(error.found) ?? 0) + 1);
      }
    }
  });

  test("can be expressed but for those listed", () => {
    assert.deepEqual(Object.fromEntries(refused), {
      "an untyped value (Any, Unknown)": 34,
      "null as the only value": 5,
      'the keyword "extends"': 1,
      'the keyword "nullable"': 1,
    });
    assert.equal(expressed.length, 459);
  });

  test("are flagged as the oracle judges", () => {
    const wrong = expressed.filter(({ tests, accepts }) =>
      tests.some(({ data, valid }) => accepts(data) !== valid),
    );
    assert.deepEqual(
      wrong.map(({ name }) => name),
      wrongFlags,
    );
  });

  test("print the same once more when they were read", () => {
    for (const { name, text } of expressed) assert.equal(mdl(parseMdl(text)), text, name);
  });

  test("accept and reject the same values as what is read of their MDL", (context) => {
    const counts = { accepted: 0, rejected: 0 };
    for (const { name, schema, tests, text, accepts } of expressed) {
      const acceptsRead = oracleOf(parseMdl(text));
      const instances = tests.map(({ data }) => data);
      const mutants = mutantsOf(name, schema, instances, accepts);
      assert.equal(mutants.length, mutantsPerSchema);
      for (const value of [...instances, ...mutants]) {
        const accepted = accepts(value);
        counts[accepted ? "accepted" : "rejected"] += 1;
        assert.equal(acceptsRead(value), accepted, `${name}: ${JSON.stringify(value)}\n${text}`);
      }
    }
    context.diagnostic(`${counts.accepted} values accepted, ${counts.rejected} rejected`);
    assert.ok(Math.min(counts.accepted, counts.rejected) > expressed.length * 5);
  });
});

/** Twenty different values for a schema, half of them accepted where that many are found. */
function mutantsOf(
  name: string,
  schema: CorpusFile["schema"],
  instances: readonly JsonValue[],
  accepts: (value: JsonValue) => boolean,
): readonly JsonValue[] {
  const mutants = new Mutants(schema, instances, name);
  const seen = new Set(instances.map((value) => JSON.stringify(value)));
  const [accepted, rejected]: [JsonValue[], JsonValue[]] = [[], []];
  const half = mutantsPerSchema / 2;
  const isEnough = (draw: number) =>
    draw >= draws
      ? accepted.length + rejected.length >= mutantsPerSchema
      : Math.min(accepted.length, rejected.length) >= half;
  for (let draw = 0; !isEnough(draw); draw += 1) {
    const value = mutants.next();
    const written = JSON.stringify(value);
    if (seen.has(written)) continue;
    seen.add(written);
    (accepts(value) ? accepted : rejected).push(value);
  }
  const chosen = accepted.slice(0, Math.max(half, mutantsPerSchema - rejected.length));
  return [...chosen, ...rejected.slice(0, mutantsPerSchema - chosen.length)];
}
