import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Type } from "typebox";
import * as v from "valibot";
import { z } from "zod";
import { compileSchema, InvalidSchemaError, type Schema } from "../index.ts";

const jsonSchema = {
  type: "object",
  required: ["name", "tags"],
  properties: {
    name: { type: "string", minLength: 1 },
    tags: { type: "array", items: { type: "string" } },
  },
} as const;

/** The same shape in every library that is accepted. */
const dialects: Record<string, Schema> = {
  TypeBox: Type.Object({ name: Type.String({ minLength: 1 }), tags: Type.Array(Type.String()) }),
  "JSON Schema": jsonSchema,
  Zod: z.object({ name: z.string().min(1), tags: z.array(z.string()) }),
  Valibot: toStandardJsonSchema(
    v.object({ name: v.pipe(v.string(), v.minLength(1)), tags: v.array(v.string()) }),
  ),
  ArkType: type({ name: "string >= 1", tags: "string[]" }),
};

for (const [dialect, schema] of Object.entries(dialects)) {
  describe(dialect, () => {
    const compiled = compileSchema(schema);

    test("accepts what matches", async () => {
      const value = { name: "Ada", tags: ["a", "b"] };
      assert.deepEqual(await compiled.check(value), { valid: true, value });
    });

    test("says where what does not match is, as a JSON Pointer", async () => {
      const check = await compiled.check({ name: "", tags: ["a", 2] });
      assert.ok(!check.valid);
      assert.deepEqual(check.issues.map(({ path }) => path).sort(), ["/name", "/tags/1"]);
      for (const { message } of check.issues) assert.notEqual(message, "");
    });

    test("says that a required field is missing", async () => {
      const check = await compiled.check({ tags: [] });
      assert.ok(!check.valid);
      assert.match(JSON.stringify(check.issues), /name/);
    });

    test("tells its shape as JSON Schema of draft 2020-12", () => {
      const written = compiled.jsonSchema as { type: string; properties: object; required: string[] };
      assert.equal(written.type, "object");
      assert.deepEqual(Object.keys(written.properties), ["name", "tags"]);
      assert.deepEqual(written.required, ["name", "tags"]);
    });
  });
}

test("a schema object is compiled once", () => {
  const schema = Type.Object({ a: Type.String() });
  assert.equal(compileSchema(schema), compileSchema(schema));
  assert.notEqual(compileSchema(schema), compileSchema(Type.Object({ a: Type.String() })));
});

test("a schema that transforms gives the transformed value, and the JSON Schema of what is written", async () => {
  const compiled = compileSchema(z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }));
  const check = await compiled.check({ at: "2026-01-02T03:04:05Z" });
  assert.ok(check.valid);
  assert.equal(check.value.at.getTime(), Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.equal((compiled.jsonSchema.properties as { at: { type: string } }).at.type, "string");
});

test("a library that validates asynchronously gives a promise", async () => {
  const compiled = compileSchema(
    z.string().refine(async (text) => text.startsWith("a"), { error: "must start with a" }),
  );
  const check = compiled.check("b");
  assert.ok(check instanceof Promise);
  assert.deepEqual(await check, { valid: false, issues: [{ path: "", message: "must start with a" }] });
});

test("keys with slashes and tildes are escaped in paths, whoever validates", async () => {
  const schemas: Schema[] = [
    Type.Object({ "a/b": Type.Object({ "c~d": Type.String() }) }),
    z.object({ "a/b": z.object({ "c~d": z.string() }) }),
    toStandardJsonSchema(v.object({ "a/b": v.object({ "c~d": v.string() }) })),
  ];
  for (const schema of schemas) {
    const check = await compileSchema(schema).check({ "a/b": { "c~d": 1 } });
    assert.ok(!check.valid);
    assert.deepEqual(
      check.issues.map(({ path }) => path),
      ["/a~1b/c~0d"],
    );
  }
});

test("issues name the constant, the choices, or the key that was expected", async () => {
  const schema = Type.Object(
    { kind: Type.Literal("circle"), size: Type.Enum(["S", "L"]) },
    { additionalProperties: false },
  );
  const check = await compileSchema(schema).check({ kind: "square", size: "M", colour: "red" });
  assert.ok(!check.valid);
  assert.deepEqual(
    new Set(check.issues.map(({ path, message }) => `${path} ${message}`)),
    new Set([
      " must not have the additional properties colour",
      '/kind must be "circle"',
      '/size must be one of "S", "L"',
    ]),
  );
});

test("what is no schema is refused, and the error says what it was", () => {
  const nonsense: readonly [unknown, RegExp][] = [
    [null, /found null/],
    [undefined, /found undefined/],
    ["string", /found string/],
    [[], /found an array/],
    [() => true, /found a function/],
    [v.object({ a: v.string() }), /found a Standard Schema without JSON Schema.*@valibot\/to-json-schema/],
  ];
  for (const [value, message] of nonsense) {
    assert.throws(
      () => compileSchema(value as Schema),
      (error) => InvalidSchemaError.isInstance(error) && message.test(error.message),
    );
  }
});

test("a pattern that does not compile is refused when that is asked for, or else at the first check", () => {
  const compiled = compileSchema(Type.Object({ code: Type.String({ pattern: "(?i)abc" }) }));
  for (const use of [() => compiled.compile(), () => compiled.check({ code: "abc" })]) {
    assert.throws(
      use,
      (error) => InvalidSchemaError.isInstance(error) && /does not compile: .*\(\?i\)abc/.test(error.message),
    );
  }
});

test("a schema that can be checked compiles, however often it is asked to", () => {
  for (const schema of Object.values(dialects)) {
    const compiled = compileSchema(schema);
    compiled.compile();
    compiled.compile();
    assert.ok((compiled.check({ name: "Ada", tags: [] }) as { valid: boolean }).valid);
  }
});

test("a schema of which its library has no JSON Schema is refused when that is asked for, and checks all the same", () => {
  const schemas: Schema[] = [z.object({ at: z.date() }), toStandardJsonSchema(v.object({ at: v.date() }))];
  for (const schema of schemas) {
    const compiled = compileSchema(schema);
    assert.throws(
      () => compiled.jsonSchema,
      (error) =>
        InvalidSchemaError.isInstance(error) &&
        /found one without JSON Schema: .*date/i.test(error.message) &&
        error.cause instanceof Error,
    );
    assert.ok((compiled.check({ at: new Date(0) }) as { valid: boolean }).valid);
  }
});

test("an enum of very many values checks", async () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `name ${index}`);
  const { check } = compileSchema(Type.Object({ name: Type.Enum(names) }));
  assert.deepEqual(await check({ name: "name 9999" }), { valid: true, value: { name: "name 9999" } });
  const wrong = await check({ name: "name 10000" });
  assert.ok(!wrong.valid);
  assert.deepEqual(
    wrong.issues.map(({ path }) => path),
    ["/name"],
  );
});
