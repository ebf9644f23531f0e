import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LMLiteBlock, OutputTruncatedError } from "@conduit/lm-lite";
import { LocalProvider } from "@conduit/provider-local";
import { type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { required } from "./support/engine.ts";
import { useTemporaryDatabase } from "./support/temporary-database.ts";

useTemporaryDatabase();

const REQUESTS_PER_SCHEMA = 50;
const TOO_FEW_TOKENS = 5;

/** Strings and arrays are bounded, so that random weights come to an end. */
const schemas = {
  "nested arrays": Type.Object({
    matrix: Type.Array(Type.Array(Type.Integer({ minimum: -99, maximum: 99 }), { maxItems: 3 }), {
      maxItems: 3,
    }),
    rows: Type.Array(
      Type.Object({ cells: Type.Array(Type.String({ maxLength: 6 }), { minItems: 1, maxItems: 2 }) }),
      { maxItems: 2 },
    ),
  }),
  unions: Type.Object({
    shape: Type.Union([
      Type.Object({ kind: Type.Literal("circle"), radius: Type.Integer({ minimum: 0, maximum: 100 }) }),
      Type.Object({ kind: Type.Literal("label"), text: Type.String({ maxLength: 8 }) }),
      Type.Null(),
    ]),
    value: Type.Union([
      Type.Integer({ minimum: 0, maximum: 9 }),
      Type.String({ maxLength: 4 }),
      Type.Boolean(),
    ]),
  }),
  "optional fields": Type.Object({
    name: Type.String({ maxLength: 10 }),
    nickname: Type.Optional(Type.String({ maxLength: 10 })),
    age: Type.Optional(Type.Integer({ minimum: 0, maximum: 150 })),
    address: Type.Optional(
      Type.Object({
        city: Type.String({ maxLength: 10 }),
        zip: Type.Optional(Type.String({ maxLength: 5 })),
      }),
    ),
  }),
  enums: Type.Object({
    color: Type.Enum(["red", "green", "blue"]),
    sizes: Type.Array(Type.Union([Type.Literal("s"), Type.Literal("m"), Type.Literal("l")]), { maxItems: 3 }),
    level: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3)]),
    done: Type.Boolean(),
  }),
  "numbers without bounds": Type.Object({
    count: Type.Integer(),
    ratio: Type.Number(),
    positive: Type.Number({ exclusiveMinimum: 0 }),
  }),
} satisfies Record<string, TSchema>;

describe("answers of random weights at temperature 1.5", () => {
  const model = required("RANDOM_MODEL");
  let lm: LMLiteBlock;

  before(async () => {
    lm = await LMLiteBlock.deploy({
      models: [{ id: model, maxModelLen: 4096, maxModelConcurrency: 8 }],
      provider: new LocalProvider(),
      namespace: "guaranteed-output",
    });
  });
  after(() => lm.dispose());

  const ask = (output: TSchema, number: number, maxTokens?: number) =>
    lm.respond({
      model,
      output,
      guidance: `Make up example number ${number}.`,
      temperature: 1.5,
      seed: number,
      maxTokens,
    });

  for (const [name, schema] of Object.entries(schemas)) {
    const validator = Compile(schema);
    const numbers = Array.from({ length: REQUESTS_PER_SCHEMA }, (_, index) => index);

    test(`${name}: ${REQUESTS_PER_SCHEMA} of ${REQUESTS_PER_SCHEMA} are valid`, async () => {
      const answers = await Promise.all(numbers.map((number) => ask(schema, number)));
      const valid = answers.filter(({ text, finishReason }) => {
        return finishReason === "stop" && validator.Check(JSON.parse(text));
      });
      assert.equal(valid.length, REQUESTS_PER_SCHEMA);
      const distinct = new Set(answers.map(({ text }) => text)).size;
      assert.ok(
        distinct > REQUESTS_PER_SCHEMA / 4,
        `only ${distinct} distinct answers: was anything sampled?`,
      );
    });

    test(`${name}: a token limit that is too small is told, and no object is broken`, async () => {
      const outcomes = await Promise.allSettled(numbers.map((number) => ask(schema, number, TOO_FEW_TOKENS)));
      let truncated = 0;
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") {
          // The smallest values fit.
          assert.equal(outcome.value.finishReason, "stop");
          assert.ok(validator.Check(JSON.parse(outcome.value.text)), outcome.value.text);
          continue;
        }
        assert.ok(OutputTruncatedError.isInstance(outcome.reason), String(outcome.reason));
        assert.ok(outcome.reason.partialText.startsWith("{"), outcome.reason.partialText);
        assert.equal(outcome.reason.usage.outputTokens, TOO_FEW_TOKENS);
        truncated += 1;
      }
      assert.ok(
        truncated > REQUESTS_PER_SCHEMA / 2,
        `only ${truncated} of ${REQUESTS_PER_SCHEMA} were cut off`,
      );
    });
  }
});
