import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  EndpointError,
  GenerationFailedError,
  LMLiteBlock,
  type ObjectStreamEvent,
  OutputTruncatedError,
} from "@conduit/lm-lite";
import { LocalProvider } from "@conduit/provider-local";
import { type Static, Type } from "typebox";
import { API_KEY, required, startEngine } from "./support/engine.ts";
import { useTemporaryDatabase } from "./support/temporary-database.ts";

useTemporaryDatabase();

const REQUESTS = 20;

const Report = Type.Object({
  title: Type.String({ maxLength: 24 }),
  mood: Type.Enum(["good", "bad"]),
  rows: Type.Array(Type.Object({ label: Type.String({ maxLength: 12 }), count: Type.Integer() }), {
    minItems: 1,
    maxItems: 3,
  }),
  result: Type.Union([
    Type.Object({ ok: Type.Literal(true), value: Type.Number() }),
    Type.Object({ ok: Type.Literal(false), reason: Type.String({ maxLength: 12 }) }),
    Type.Null(),
  ]),
  note: Type.Optional(Type.String({ maxLength: 12 })),
});

/** A type that refuses the first value it sees, which the engine cannot know: JSON Schema has no word for it. */
function notTheFirst() {
  let first: number | undefined;
  const isAnother = (value: number) => {
    first ??= value;
    return value !== first;
  };
  const Value = Type.Integer({ minimum: 0, maximum: 99_999 });
  return Type.Object({ value: Type.Refine(Value, isAnother, () => "must be another number") });
}

describe("values streamed from random weights at temperature 1.5", () => {
  const model = required("RANDOM_MODEL");
  let lm: LMLiteBlock;

  before(async () => {
    lm = await LMLiteBlock.deploy({
      models: [{ id: model, maxModelLen: 4096, maxModelConcurrency: 8 }],
      provider: new LocalProvider(),
      namespace: "guaranteed-output-streamed",
    });
  });
  after(() => lm.dispose());

  const seeds = Array.from({ length: REQUESTS }, (_, index) => index);

  test("grow to the value that is given last", async () => {
    const streams = await Promise.all(
      seeds.map((seed) =>
        Array.fromAsync(
          lm.streamObject({ model, output: Report, guidance: `Report ${seed}.`, temperature: 1.5, seed }),
        ),
      ),
    );
    let growing = 0;
    for (const events of streams) {
      const last = events.at(-1);
      assert.ok(last?.type === "response-finish");
      const { value, text, tries, constrained, repairs } = last.response;
      const values = updatesOf(events).map((event) => event.value);
      const report: Static<typeof Report> = value;
      assert.deepEqual(values.at(-1), report);
      assert.deepEqual(JSON.parse(text), report);
      assert.deepEqual([tries, constrained, repairs], [1, true, []]);
      for (const { title } of values) assert.ok(title === undefined || report.title.startsWith(title));
      for (const { mood } of values) assert.ok(mood === undefined || mood === report.mood);
      if (values.length > 5) growing += 1;
    }
    assert.ok(growing > REQUESTS / 2, `only ${growing} of ${REQUESTS} values were seen to grow`);
  });

  test("are asked for again where they fit the grammar and not the schema, and come out differently", async () => {
    const guidance = "Think of a number.";
    const responses = await Promise.all(
      seeds.map((seed) =>
        lm.respond({ model, output: notTheFirst(), guidance, temperature: 1.5, seed, maxRetries: 5 }),
      ),
    );
    for (const { tries, usage } of responses) {
      assert.ok(tries > 1);
      assert.ok(usage.outputTokens >= 2 * tries);
    }
  });

  test("reach the reader of a block's stream", async () => {
    const Input = Type.Object({ text: Type.String() });
    const block = lm.block({ model, input: Input, output: Report, temperature: 1.5, seed: 7 });
    const events = await Array.fromAsync(block.stream({ text: "All is well." }));
    const result = events.at(-1);
    assert.ok(result?.type === "result");
    const partials = events.filter((event) => event.type === "partial");
    assert.ok(partials.length > 1);
    assert.deepEqual(partials.at(-1)?.value, result.value);
  });
});

describe("a schema that the engine refuses", () => {
  const model = required("RANDOM_MODEL");
  // The engine's regular expressions have no lookahead.
  const Refused = Type.Object({ code: Type.String({ pattern: "^(?=a)[a-z]{3}$" }) });
  const request = { output: Refused, guidance: "A code.", maxTokens: 32, seed: 1 };

  test("is an error where Conduit deployed the engine, whose answers are guaranteed", async () => {
    await using lm = await LMLiteBlock.deploy({
      models: [{ id: model, maxModelLen: 4096, maxModelConcurrency: 8 }],
      provider: new LocalProvider(),
      namespace: "guaranteed-output-streamed",
    });
    await assert.rejects(lm.generate({ ...request, model }), (error) => {
      assert.ok(EndpointError.isInstance(error), String(error));
      assert.equal(error.errorCode, "unsupported_schema");
      return true;
    });
  });

  test("is asked for without a constraint where Conduit only connects", async () => {
    await using engine = await startEngine([`${model}=demo`], "--max-model-len", "2048");
    const lm = LMLiteBlock.connect({ baseUrl: engine.baseUrl, apiKey: API_KEY });
    await assert.rejects(
      lm.generate({ ...request, model: "demo" }),
      (error) => OutputTruncatedError.isInstance(error) || GenerationFailedError.isInstance(error),
    );
    const Taken = Type.Object({ code: Type.String({ pattern: "^[a-z]{3}$" }) });
    const { value, constrained } = await lm.respond({ ...request, model: "demo", output: Taken });
    assert.ok(constrained);
    assert.match(value.code, /^[a-z]{3}$/);
  });
});

function updatesOf(events: readonly ObjectStreamEvent<typeof Report>[]) {
  return events.filter((event) => event.type === "value-update");
}
