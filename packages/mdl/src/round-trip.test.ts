import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { MdlParseError, mdl, parse, parsePartial, toJsonSchema } from "./index.ts";
import { outcomeOf } from "./testing/outcome.ts";

/** A schema, and an arbitrary of its values. */
interface Typed {
  readonly schema: TSchema;
  readonly values: fc.Arbitrary<unknown>;
}

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const literals = fc.uniqueArray(fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean()), {
  minLength: 1,
  maxLength: 4,
});
/** No names of `Object.prototype`: TypeBox takes those for keys that are there. */
const keys = fc.oneof(
  fc.constantFrom("a", "b", "name", "first name", "x/y", "~", "é", ""),
  fc.string({ unit: "grapheme", maxLength: 5 }),
);

/** Schemas of every construct, with their values. */
const { typed } = fc.letrec<{ typed: Typed }>((tie) => ({
  typed: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Typed>(
      { schema: Type.String(), values: fc.string({ unit: "grapheme" }) },
      {
        schema: Type.String({ maxLength: 3, description: "Short" }),
        values: fc.stringMatching(/^[a-z"'\\]{0,3}$/),
      },
      { schema: Type.Integer(), values: fc.maxSafeInteger().map((number) => number + 0) },
      { schema: Type.Number(), values: numbers },
      { schema: Type.Boolean(), values: fc.boolean() },
    ),
    literals.map(
      (values): Typed => ({
        schema: Type.Union(values.map((value) => Type.Literal(value))),
        values: fc.constantFrom(...values),
      }),
    ),
    tie("typed").map(
      (item): Typed => ({
        schema: Type.Array(item.schema),
        values: fc.array(item.values, { maxLength: 3 }),
      }),
    ),
    tie("typed").map(
      (value): Typed => ({
        schema: Type.Record(Type.String(), value.schema),
        values: fc.dictionary(fc.stringMatching(/^[^\n]{0,5}$/), value.values, {
          maxKeys: 3,
          noNullPrototype: true,
        }),
      }),
    ),
    fc.array(tie("typed"), { minLength: 1, maxLength: 3 }).map(
      (items): Typed => ({
        schema: Type.Tuple(items.map((item) => item.schema)),
        values: fc.tuple(...items.map((item) => item.values)),
      }),
    ),
    fc.array(tie("typed"), { minLength: 1, maxLength: 3 }).map(
      (members): Typed => ({
        schema: Type.Union([...members.map((member) => member.schema), Type.Null()]),
        values: fc.oneof(fc.constant(null), ...members.map((member) => member.values)),
      }),
    ),
    fc
      .uniqueArray(fc.record({ key: keys, field: tie("typed"), optional: fc.boolean() }), {
        selector: ({ key }) => key,
        maxLength: 4,
      })
      .map(
        (fields): Typed => ({
          schema: Type.Object(
            Object.fromEntries(
              fields.map(({ key, field, optional }) => [
                key,
                optional ? Type.Optional(field.schema) : field.schema,
              ]),
            ),
          ),
          values: fc.record(Object.fromEntries(fields.map(({ key, field }) => [key, field.values])), {
            requiredKeys: fields.filter(({ optional }) => !optional).map(({ key }) => key),
            noNullPrototype: true,
          }),
        }),
      ),
  ),
}));

/** A schema and one of its values. */
const pairs = typed.chain(({ schema, values }) =>
  fc.record({ schema: fc.constant(schema), value: values }, { noNullPrototype: true }),
);

const runs = { numRuns: 300, seed: 1 };

test("gives back every value from its JSON, without a repair", () => {
  fc.assert(
    fc.property(pairs, fc.constantFrom(0, 2, "\t"), ({ schema, value }, space) => {
      assert.deepEqual(outcomeOf(JSON.stringify(value, null, space), schema), { value, repairs: [] });
    }),
    runs,
  );
});

test("gives back every object and list from the middle of prose, noting the text", () => {
  fc.assert(
    fc.property(pairs, ({ schema, value }) => {
      fc.pre(typeof value === "object" && value !== null);
      const parsed = parse(
        `Here [as asked] it's:\n\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\`\nBye {}`,
        schema,
      );
      assert.deepEqual(parsed.value, value);
      assert.deepEqual(
        parsed.repairs.map(({ kind }) => kind),
        ["text"],
      );
    }),
    runs,
  );
});

/** Texts put in the place of a part of an answer; an empty text at the end cuts it. */
const damages = fc.array(
  fc.record({
    start: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof(fc.constantFrom(0, 1, 2), fc.constant(Number.POSITIVE_INFINITY)),
    text: fc.oneof(
      fc.constantFrom("", "'", '"', "{", "[", "}", "]", ",", ":", "\\", "\n", "//", "```"),
      fc.string(),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

test("gives of a damaged answer a valid value or the error of the package", () => {
  fc.assert(
    fc.property(pairs, damages, ({ schema, value }, edits) => {
      let answer = JSON.stringify(value);
      for (const { start, length, text } of edits) {
        const offset = Math.floor(answer.length * start);
        answer = answer.slice(0, offset) + text + answer.slice(offset + length);
      }
      parsePartial(answer, schema);
      try {
        assert.ok(Compile(schema).Check(parse(answer, schema).value));
      } catch (error) {
        assert.ok(MdlParseError.isInstance(error), String(error));
      }
    }),
    runs,
  );
});

test("tells of a whole answer the whole value", () => {
  fc.assert(
    fc.property(pairs, ({ schema, value }) => {
      fc.pre(typeof value === "object" && value !== null);
      assert.deepEqual(parsePartial(JSON.stringify(value), schema), value);
    }),
    runs,
  );
});

test("writes a JSON Schema that every value fits, and prints every schema", () => {
  fc.assert(
    fc.property(pairs, ({ schema, value }) => {
      assert.ok(Compile(toJsonSchema(schema, { closed: false })).Check(value));
      assert.ok(mdl(schema).length > 0);
    }),
    runs,
  );
});
