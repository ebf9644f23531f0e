import assert from "node:assert/strict";
import { test } from "node:test";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { type TObject, type TSchema, type TString, Type } from "typebox";
import * as v from "valibot";
import { z } from "zod";
import { type InputOf, isStandardJsonSchema, type OutputOf, type Schema } from "../index.ts";

/** Whether the compiler takes two types for the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Claim extends true>(): void {}

const TypeBoxSchema = Type.Object({ a: Type.String(), b: Type.Optional(Type.Integer()) });
const ZodSchema = z.object({ at: z.string().transform((text) => text.length) });
const ValibotSchema = v.object({ at: v.pipe(v.string(), v.transform(Number)) });
const StandardValibot = toStandardJsonSchema(ValibotSchema);
const ArkSchema = type({ a: "string", "b?": "number" });
const plain = { type: "object", required: ["a"], properties: { a: { type: "string" } } } as const;

test("input and output types of every library are inferred", () => {
  holds<Same<InputOf<typeof TypeBoxSchema>, { a: string; b?: number }>>();
  holds<Same<OutputOf<typeof TypeBoxSchema>, { a: string; b?: number }>>();
  holds<Same<InputOf<typeof ZodSchema>, { at: string }>>();
  holds<Same<OutputOf<typeof ZodSchema>, { at: number }>>();
  holds<Same<InputOf<typeof StandardValibot>, { at: string }>>();
  holds<Same<OutputOf<typeof StandardValibot>, { at: number }>>();
  holds<Same<OutputOf<typeof ArkSchema>, { a: string; b?: number }>>();
  holds<Same<OutputOf<typeof plain>["a"], string>>();
});

test("unions of schemas give unions of types, and an unknown schema gives unknown", () => {
  holds<Same<OutputOf<TString | TObject<{ a: TString }>>, string | { a: string }>>();
  holds<Same<OutputOf<Schema>, unknown>>();
  holds<Same<OutputOf<TSchema>, unknown>>();
});

test("a schema without JSON Schema has no data, so that nothing compiles with it", () => {
  holds<Same<InputOf<typeof ValibotSchema>, never>>();
  assert.ok(!isStandardJsonSchema(ValibotSchema));
});

test("what takes a schema and its data infers the one and checks the other", () => {
  function check<S extends Schema>(_schema: S, data: InputOf<S>): OutputOf<S> {
    return data as OutputOf<S>;
  }
  const value: { a: string } = check(TypeBoxSchema, { a: "x" });
  // @ts-expect-error a is a string
  check(TypeBoxSchema, { a: 1 });
  // @ts-expect-error a is missing
  check(TypeBoxSchema, {});
  // @ts-expect-error before it is transformed, at is a string
  check(ZodSchema, { at: 1 });
  assert.deepEqual(value, { a: "x" });
});

test("types made of a schema vary as the schema does", () => {
  interface Holder<S extends Schema> {
    readonly value: OutputOf<S>;
  }
  const narrow: Holder<TObject<{ a: TString; b: TString }>> = { value: { a: "", b: "" } };
  const wide: Holder<TObject<{ a: TString }>> = narrow;
  const any: Holder<Schema> = wide;
  // @ts-expect-error b is missing
  const wrong: Holder<TObject<{ a: TString; b: TString }>> = wide;
  function generic<S extends Schema>(holder: Holder<S>): Holder<Schema> {
    return holder;
  }
  assert.equal(generic(wrong), any);
});

test("isStandardJsonSchema tells who speaks Standard Schema with JSON Schema", () => {
  for (const schema of [ZodSchema, StandardValibot, ArkSchema]) assert.ok(isStandardJsonSchema(schema));
  for (const schema of [TypeBoxSchema, plain, null, undefined, 1, "~standard", {}])
    assert.ok(!isStandardJsonSchema(schema));
});
