import type { JsonObject, JsonValue } from "@conduit/types";
import fc from "fast-check";

const text = fc.string({
  unit: fc.constantFrom("a", "7", " ", "#", "é", "\n", '"', "\\", "]"),
  maxLength: 4,
});
/** V8 takes a key that is one escape for another of the same length that it has just read. */
const jsonKey = text.filter((name) => !/["\\\n]/.test(name));
const count = fc.nat(3);
const limit = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom(0.5, -1.25, 1e21, 1e-7));
const key = fc.oneof(fc.constantFrom("a", "b", "first name", "x-1", "a?", "10", "__proto__", "é", ""), text);
const pattern = fc.constantFrom("^a", "/", "\\/", "[a-z]+\\d?", "^x-", "#", "[)\\]]", "\\\\", "\n", "");
const names = fc.constantFrom("Node", "point", "a b", "str", "Optional");
const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    fc.oneof(text, fc.constantFrom(null, true, 0, -1.5, 1e21)),
    fc.array(tie("value"), { maxLength: 2 }),
    fc.dictionary(jsonKey, tie("value"), { maxKeys: 2, noNullPrototype: true }),
  ),
})).value;

/** Keywords of which each may be there. */
function some(keywords: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<JsonObject> {
  return fc.record(keywords, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
}

const merged = (...parts: readonly fc.Arbitrary<JsonObject>[]): fc.Arbitrary<JsonObject> =>
  fc.tuple(...parts).map((objects) => Object.assign({}, ...objects));

const annotations = fc.oneof(
  { arbitrary: fc.constant<JsonObject>({}), weight: 3 },
  {
    arbitrary: some({
      title: text,
      description: fc.oneof(text, fc.constantFrom("# a", "two\nlines", "} ]", " ")),
      default: json,
      examples: fc.array(json, { maxLength: 2 }),
      readOnly: fc.boolean(),
      deprecated: fc.boolean(),
    }),
    weight: 1,
  },
);

const strings = some({
  minLength: count,
  maxLength: count,
  pattern,
  format: fc.constantFrom("date", "unique", "Two words", "readOnly"),
});
const numbers = some({
  minimum: limit,
  maximum: limit,
  exclusiveMinimum: limit,
  exclusiveMaximum: limit,
  multipleOf: fc.constantFrom(1, 2, 0.5),
});

/** Asks for the type, or leaves values of other types alone. */
const typed = (type: string, keywords: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  merged(
    fc.oneof({ arbitrary: fc.constant({ type }), weight: 4 }, { arbitrary: fc.constant({}), weight: 1 }),
    keywords,
  );

const { schema: part } = fc.letrec<{ schema: JsonObject }>((tie) => {
  const schema = tie("schema");
  const several = fc.array(schema, { minLength: 1, maxLength: 3 });
  const valuesByKey = (of: fc.Arbitrary<string>) =>
    fc.dictionary(of, schema, { maxKeys: 3, noNullPrototype: true });
  const plain = fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    typed("string", strings),
    typed("number", numbers),
    merged(fc.constant({ type: "integer" }), numbers),
    fc.constantFrom<JsonObject>(
      { type: "boolean" },
      { type: "null" },
      { type: ["string", "null"] },
      { type: ["integer", "array"], items: { type: "string" } },
    ),
    fc.record({
      enum: fc.uniqueArray(json, { minLength: 1, maxLength: 7, selector: (value) => JSON.stringify(value) }),
    }),
    typed("array", some({ items: schema, minItems: count, maxItems: count, uniqueItems: fc.boolean() })),
    typed(
      "array",
      some({ prefixItems: several, items: fc.oneof(schema, fc.boolean()), minItems: count, maxItems: count }),
    ),
    typed(
      "object",
      some({
        properties: valuesByKey(key),
        required: fc.uniqueArray(key, { maxLength: 2 }),
        patternProperties: valuesByKey(pattern.filter((source) => source !== "\\/")),
        additionalProperties: fc.oneof(schema, fc.boolean()),
        propertyNames: fc.oneof(typed("string", strings), fc.constant({ enum: ["a", "b"] })),
        minProperties: count,
        maxProperties: count,
      }),
    ),
    fc.record({ anyOf: several }),
    fc.record({ oneOf: several }),
    fc.record({ allOf: several }),
    fc.record({ not: schema }),
    fc.record({
      $ref: fc.oneof(
        fc.constant("#"),
        names.map((name) => `#/$defs/${encodeURIComponent(name)}`),
      ),
    }),
  );
  return { schema: merged(plain, annotations) as fc.Arbitrary<JsonObject> };
});

const definitions = fc.record(
  { Node: part, point: part, "a b": part, str: part, Optional: part },
  { noNullPrototype: true },
);

/** Random schemas of every keyword that MDL has, with definitions; some say what it refuses. */
export const jsonSchemas: fc.Arbitrary<JsonObject> = fc
  .tuple(part, definitions)
  .map(([root, $defs]) => (JSON.stringify([root, $defs]).includes("$defs/") ? { $defs, ...root } : root));
