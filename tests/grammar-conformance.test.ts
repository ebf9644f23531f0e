import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { MdlSchemaError, toJsonSchema } from "@conduit/mdl";
import type { JsonObject } from "@conduit/types";
import { required } from "./support/engine.ts";
import { inOrderOf } from "./support/in-order-of.ts";
import { schemaFiles } from "./support/schema-files.ts";

/** What the engine's grammar says of a schema and its instances. */
interface Verdict {
  readonly name: string;
  readonly compiles: boolean;
  readonly error: string | null;
  readonly accepts: readonly boolean[];
}

/** The share of the schemas that has to compile. */
const leastShare = 0.84;

const files = schemaFiles();

test("the engine's grammar takes what toJsonSchema writes, and accepts what is valid and nothing else", {
  skip: files.length === 0 && "CONDUIT_TEST_DATA is not set",
}, async (t) => {
  const refusals = new Map<string, number>();
  const asked = files.flatMap(({ name, schema, tests }) => {
    try {
      const written = toJsonSchema(schema, { closed: false });
      const instances = tests.flatMap(({ data }) => [data, inOrderOf(written, data)]);
      return [{ name, schema: written, instances, valid: tests.map(({ valid }) => valid) }];
    } catch (error) {
      assert.ok(MdlSchemaError.isInstance(error), `${name}: ${error}`);
      count(refusals, `toJsonSchema: ${error.found}`);
      return [];
    }
  });
  await check(t, asked, refusals);
});

test("the engine's grammar takes schemas as they are published, and accepts what is valid and nothing else", {
  skip: files.length === 0 && "CONDUIT_TEST_DATA is not set",
}, async (t) => {
  const asked = files.map(({ name, schema, tests }) => {
    const instances = tests.flatMap(({ data }) => [data, inOrderOf(schema, data)]);
    return { name, schema, instances, valid: tests.map(({ valid }) => valid) };
  });
  await check(t, asked, new Map());
});

/** A schema with two spellings of each instance, and whether that is valid. */
interface Question {
  readonly name: string;
  readonly schema: JsonObject;
  readonly instances: readonly unknown[];
  readonly valid: readonly boolean[];
}

async function check(
  t: TestContext,
  asked: readonly Question[],
  refusals: Map<string, number>,
): Promise<void> {
  const verdicts = await askGrammar(
    asked.map(({ name, schema, instances }) => ({ name, schema, instances })),
  );
  const wrong: string[] = [];
  let compiled = 0;
  for (const [index, { name, compiles, error, accepts }] of verdicts.entries()) {
    assert.equal(name, asked[index]?.name);
    if (!compiles) {
      // A message that names no keyword, format or limit would leave its reader to guess.
      assert.match(
        String(error),
        /keys: \["|oneOf|format:|regex|intersection|Properties|complex|deep/i,
        `${name}: ${error}`,
      );
      count(refusals, `engine: ${String(error).slice(0, 60)}`);
      continue;
    }
    compiled += 1;
    for (const [number, valid] of (asked[index]?.valid ?? []).entries()) {
      // A grammar writes keys in one order only; as it stands or sorted, an instance is the same value.
      const accepted = accepts.slice(2 * number, 2 * number + 2).includes(true);
      if (accepted !== valid)
        wrong.push(`${name}: instance ${number} should be ${valid ? "valid" : "invalid"}`);
    }
  }
  t.diagnostic(`${compiled} of ${files.length} schemas compile`);
  for (const [reason, number] of refusals) t.diagnostic(`${number} refused: ${reason}`);
  assert.deepEqual(wrong, []);
  assert.equal(verdicts.length, asked.length);
  assert.ok(compiled >= leastShare * files.length, `${compiled} compile`);
}

function count(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

/** Asks the engine's own grammar about schemas and instances. */
async function askGrammar(questions: readonly object[]): Promise<readonly Verdict[]> {
  const checker = spawn(required("CHECK_GRAMMAR_BIN"), { stdio: ["pipe", "pipe", "inherit"] });
  checker.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
  const [answer, [status]] = await Promise.all([text(checker.stdout), once(checker, "close")]);
  assert.equal(status, 0);
  return answer
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
