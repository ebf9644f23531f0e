import assert from "node:assert/strict";
import { test } from "node:test";
import { toStandardSchema } from "@conduit/types";
import { Type } from "typebox";
import { SchemaMismatchError } from "./index.ts";
import { TestBlock, Text } from "./testing/blocks.ts";

/** A schema as Standard Schema libraries make them: the input is text, the output a number; it validates asynchronously. */
const NumberInText = {
  "~standard": {
    version: 1,
    vendor: "test",
    async validate(value: unknown) {
      const number = Number(value);
      return Number.isNaN(number) ? { issues: [{ message: "must be a number in text" }] } : { value: number };
    },
    jsonSchema: { input: () => ({ type: "string" }), output: () => ({ type: "number" }) },
    types: undefined as { input: string; output: number } | undefined,
  },
} as const;

test("a schema that transforms: the caller gives its input, the work gets its output", async () => {
  const block = new TestBlock(NumberInText, Text, (data) => ({ text: (data + 1).toFixed(1) }));
  assert.deepEqual(await block.run("41"), { text: "42.0" });
  await assert.rejects(block.run("x"), SchemaMismatchError);
});

test("a schema that transforms: the work gives its input, the caller gets its output", async () => {
  const block = new TestBlock(Text, NumberInText, ({ text }) => text.trim());
  const result: number = await block.run({ text: " 42 " });
  assert.equal(result, 42);
  await assert.rejects(block.run({ text: "x" }), /output of block TestBlock.*must be a number in text/);
});

test("plain JSON Schema and exported TypeBox are schemas", async () => {
  const Plain = { type: "object", required: ["a"], properties: { a: { type: "integer" } } } as const;
  const Standard = toStandardSchema(Type.Object({ a: Type.Integer() }));
  const block = new TestBlock(Plain, Standard, (data) => data);
  assert.deepEqual(await block.run({ a: 1 }), { a: 1 });
  await assert.rejects(block.run({ a: 1.5 }), SchemaMismatchError);
});
