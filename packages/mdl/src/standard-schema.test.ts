import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { MdlParseError, MdlSchemaError, mdl, parse, parseAsync, toJsonSchema } from "./index.ts";

const Person = z.object({
  name: z.string().min(1).describe("Full name"),
  age: z.int().optional(),
  mail: z.string().nullable(),
  role: z.enum(["admin", "user"]).default("user"),
  point: z.tuple([z.number(), z.number()]),
  limits: z.record(z.string(), z.boolean()),
  quotas: z.record(z.enum(["disk", "net"]), z.number()),
  shape: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("circle"), radius: z.number() }),
    z.strictObject({ kind: z.literal("square"), side: z.number() }),
  ]),
});

const answer = {
  name: "Ada",
  mail: null,
  point: [1, 2],
  limits: { a: true },
  quotas: { disk: 1, net: 2 },
  shape: { kind: "square", side: 2 },
};

test("prints Zod schemas", () => {
  assert.equal(
    mdl(Person),
    [
      "name: str 1.. # Full name",
      "age?: int",
      "mail: Optional[str]",
      "role?: Literal[admin user] = user",
      "point: Tuple[float, float]",
      "limits: Dict[str, bool]",
      "quotas: Dict{|disk: float, net: float|}",
      'shape: Union[Dict{kind: Literal["circle"], radius: float}, Dict{|kind: Literal["square"], side: float|}]',
    ].join("\n"),
  );
  assert.deepEqual(toJsonSchema(z.object({ a: z.string().max(3).optional() })), {
    type: "object",
    properties: { a: { type: "string", maxLength: 3 } },
    additionalProperties: false,
  });
});

test("gives the value as Zod makes it, with Zod's type", () => {
  const { value, repairs } = parse(JSON.stringify({ ...answer, age: null }), Person);
  const person: z.output<typeof Person> = value;
  assert.deepEqual(person, { ...answer, role: "user" });
  assert.deepEqual(
    repairs.map(({ kind }) => kind),
    ["null"],
  );

  const Length = z.object({ text: z.string().transform((text) => text.length) });
  const length: number = parse('{"text": "four"}', Length).value.text;
  assert.equal(length, 4);
});

test("reports what Zod refuses", () => {
  assert.throws(
    () => parse(JSON.stringify({ ...answer, name: "" }), Person),
    (error) =>
      MdlParseError.isInstance(error) &&
      error.message ===
        "The answer does not fit its type. At /name: expected str 1.., " +
          'found "". Answer again with one JSON value of the type and nothing else.',
  );
});

test("parses asynchronously what validates asynchronously", async () => {
  const Even = z.object({ n: z.int().refine(async (n) => n % 2 === 0, "must be even") });
  const { value, repairs } = await parseAsync('{"n": "2"}', Even);
  assert.deepEqual(
    { value, repairs },
    {
      value: { n: 2 },
      repairs: [{ kind: "number", path: "/n", message: 'read "2" as 2' }],
    },
  );
  await assert.rejects(parseAsync('{"n": 3}', Even), (error) => {
    return MdlParseError.isInstance(error) && error.expected === "a valid value (must be even)";
  });
  assert.throws(
    () => parse('{"n": 3}', Even),
    (error) =>
      MdlSchemaError.isInstance(error) &&
      error.message ===
        "Expected a schema that MDL can express, found a schema that validates asynchronously at the top level: " +
          "call parseAsync instead of parse.",
  );
});

test("names the path of what a Zod schema leaves untyped", () => {
  assert.throws(
    () => mdl(z.object({ a: z.array(z.any()) })),
    (error) => MdlSchemaError.isInstance(error) && error.path === "/a/*",
  );
});
