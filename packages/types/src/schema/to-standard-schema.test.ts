import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import {
  compileSchema,
  type InputOf,
  isStandardJsonSchema,
  type OutputOf,
  toStandardSchema,
} from "../index.ts";

const Form = Type.Object({ name: Type.String({ minLength: 2 }), "a/b": Type.Optional(Type.Integer()) });
const Standard = toStandardSchema(Form);

test("validates as Standard Schema, with paths as segments", () => {
  const { validate, version, vendor } = Standard["~standard"];
  assert.equal(version, 1);
  assert.equal(vendor, "conduit");
  assert.deepEqual(validate({ name: "Ada" }), { value: { name: "Ada" } });
  const result = validate({ name: "Ada", "a/b": "1" });
  assert.deepEqual(result, { issues: [{ message: "must be integer", path: ["a/b"] }] });
});

test("tells its JSON Schema, and stays one", () => {
  const options = { target: "draft-2020-12" };
  const written = Standard["~standard"].jsonSchema.output(options);
  assert.deepEqual(JSON.parse(JSON.stringify(written)), JSON.parse(JSON.stringify(Form)));
  assert.equal(JSON.stringify(Standard), JSON.stringify(Form));
  assert.ok(!("~standard" in Form), "the schema that was given is left alone");
});

test("another library takes it", () => {
  const Person = type({ form: Standard });
  assert.deepEqual(Person({ form: { name: "Ada" } }), { form: { name: "Ada" } });
  assert.ok(Person({ form: { name: "A" } }) instanceof type.errors);
});

test("Conduit takes it back, and its types are the same", async () => {
  assert.ok(isStandardJsonSchema(Standard));
  const data: InputOf<typeof Standard> & OutputOf<typeof Standard> = { name: "Ada" };
  assert.deepEqual(await compileSchema(Standard).check(data), { valid: true, value: data });
  // @ts-expect-error name is a string
  const wrong: OutputOf<typeof Standard> = { name: 1 };
  assert.ok(!(await compileSchema(Standard).check(wrong)).valid);
});

test("what TypeBox keeps beside JSON Schema survives", () => {
  const Even = toStandardSchema(
    Type.Optional(
      Type.Refine(
        Type.Integer(),
        (value) => value % 2 === 0,
        () => "must be even",
      ),
    ),
  );
  const Pair = Compile(Type.Object({ even: Even }));
  assert.ok(Pair.Check({}));
  assert.ok(Pair.Check({ even: 2 }));
  assert.ok(!Pair.Check({ even: 3 }));
});
