import fc from "fast-check";
import { type TSchema, Type } from "typebox";

/** A value, and the same as a model may write it: numbers in text, enums in another case, one value for a list. */
export interface Written {
  readonly value: unknown;
  readonly sloppy: unknown;
}

/** A schema, and an arbitrary of its values. */
interface Typed {
  readonly schema: TSchema;
  readonly values: fc.Arbitrary<Written>;
}

const strict = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Written> =>
  values.map((value) => ({ value, sloppy: value }));

/** Half of the values as `change` writes them. */
const changed = <T>(values: fc.Arbitrary<T>, change: (value: T) => unknown): fc.Arbitrary<Written> =>
  fc
    .tuple(values, fc.boolean())
    .map(([value, changes]) => ({ value, sloppy: changes ? change(value) : value }));

const text = fc.string({ unit: "grapheme" });
const floats = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const integers = fc.maxSafeInteger().map((number) => number + 0);

/** No names of `Object.prototype`: TypeBox takes those for keys that are there. */
const keys = fc.oneof(
  fc.constantFrom("a", "b", "name", "first name", "x/y", "~", "é", "", "10", "2"),
  fc.string({ unit: "grapheme", maxLength: 5 }),
);

const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}(?:_[a-z]{1,5})?$/), {
  minLength: 1,
  maxLength: 4,
});
const constants = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean());

const scalars: fc.Arbitrary<Typed> = fc.oneof(
  fc.constantFrom<Typed>(
    { schema: Type.String(), values: strict(text) },
    {
      schema: Type.String({ maxLength: 3, description: "Short" }),
      values: strict(fc.stringMatching(/^[a-z"'\\]{0,3}$/)),
    },
    { schema: Type.String({ pattern: "^x", minLength: 2 }), values: strict(text.map((rest) => `xy${rest}`)) },
    { schema: Type.String({ format: "date" }), values: strict(fc.constantFrom("2026-11-22", "2000-02-29")) },
    { schema: Type.Integer(), values: changed(integers, String) },
    { schema: Type.Integer({ minimum: 0, maximum: 9 }), values: changed(fc.nat(9), (digit) => ` ${digit} `) },
    {
      schema: Type.Integer({ multipleOf: 1000 }),
      values: changed(
        fc.nat(99_999).map((n) => n * 1000),
        (n) => n.toLocaleString("en"),
      ),
    },
    { schema: Type.Number(), values: changed(floats, String) },
    {
      schema: Type.Number({ exclusiveMinimum: 0 }),
      values: changed(
        floats.map((n) => Math.abs(n) + 1),
        String,
      ),
    },
    { schema: Type.Boolean(), values: changed(fc.boolean(), (value) => (value ? "True" : " false")) },
  ),
  words.map((values): Typed => {
    const dressed = changed(fc.constantFrom(...values), (word) => `${word.toUpperCase().replace("_", " ")}.`);
    return { schema: Type.Enum(values), values: dressed };
  }),
  fc.uniqueArray(constants, { minLength: 1, maxLength: 4 }).map(
    (values): Typed => ({
      schema: Type.Union(values.map((value) => Type.Literal(value))),
      values: strict(fc.constantFrom(...values)),
    }),
  ),
);

/** What a union makes of a sloppy value may be another of its members. */
const exactly = ({ values }: Typed) => values.map(({ value }) => ({ value, sloppy: value }));

function listOf(item: Typed, bounds: { minItems?: number; maxItems?: number; uniqueItems?: boolean }): Typed {
  const { minItems: minLength = 0, maxItems: maxLength = 3, uniqueItems = false } = bounds;
  const values = uniqueItems
    ? fc.uniqueArray(exactly(item), { minLength, maxLength, selector: ({ value }) => JSON.stringify(value) })
    : fc.array(item.values, { minLength, maxLength });
  const lists = fc.tuple(values, fc.boolean()).map(([items, alone]): Written => {
    const value = items.map((part) => part.value);
    const sloppy = items.map((part) => part.sloppy);
    const [first] = sloppy;
    // Text may hold the JSON of a list, an object a list under its only key, and one value is no list of lists.
    const plain = typeof first === "number" || typeof first === "boolean";
    return {
      value,
      sloppy: alone && sloppy.length === 1 && plain && !Array.isArray(value[0]) ? first : sloppy,
    };
  });
  return { schema: Type.Array(item.schema, bounds), values: lists };
}

interface FieldOf {
  readonly key: string;
  readonly field: Typed;
  readonly optional: boolean;
}

function objectOf(fields: readonly FieldOf[], closed: boolean): Typed {
  const properties = fields.map(({ key, field, optional }) => [
    key,
    optional ? Type.Optional(field.schema) : field.schema,
  ]);
  const parts = fc.record(Object.fromEntries(fields.map(({ key, field }) => [key, field.values])), {
    requiredKeys: fields.filter(({ optional }) => !optional).map(({ key }) => key),
    noNullPrototype: true,
  });
  const side = (written: Readonly<Record<string, Written>>, name: keyof Written) =>
    Object.fromEntries(Object.entries(written).map(([key, part]) => [key, part[name]]));
  const extra = closed && !fields.some(({ key }) => key === "invented") && fields.length > 1;
  return {
    schema: Type.Object(Object.fromEntries(properties), closed ? { additionalProperties: false } : {}),
    values: fc.tuple(parts, fc.boolean()).map(([written, more]) => ({
      value: side(written, "value"),
      sloppy: { ...side(written, "sloppy"), ...(extra && more && { invented: 1 }) },
    })),
  };
}

const recursive: Typed = {
  schema: Type.Cyclic(
    { Node: Type.Object({ name: Type.String(), children: Type.Array(Type.Ref("Node")) }) },
    "Node",
  ),
  values: strict(
    fc.letrec((tie) => ({
      node: fc.record({ name: text, children: tie("nodes") }, { noNullPrototype: true }),
      nodes: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie("node"), { maxLength: 2 })),
    })).node,
  ),
};

/** Schemas of every construct, with their values. */
const { typed } = fc.letrec<{ typed: Typed }>((tie) => {
  const fields = fc.uniqueArray(fc.record({ key: keys, field: tie("typed"), optional: fc.boolean() }), {
    selector: ({ key }) => key,
    maxLength: 4,
  });
  return {
    typed: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      scalars,
      scalars,
      fc.constant(recursive),
      fc
        .tuple(tie("typed"), fc.constantFrom({}, { minItems: 1 }, { maxItems: 2 }, { uniqueItems: true }))
        .map(([item, bounds]) => listOf(item, bounds)),
      tie("typed").map((value): Typed => {
        const entries = fc.dictionary(fc.stringMatching(/^[^\n]{0,5}$/), exactly(value), {
          maxKeys: 3,
          noNullPrototype: true,
        });
        const plain = entries.map((all) =>
          Object.fromEntries(Object.entries(all).map(([key, part]) => [key, part.value])),
        );
        return { schema: Type.Record(Type.String(), value.schema), values: strict(plain) };
      }),
      fc.array(tie("typed"), { minLength: 1, maxLength: 3 }).map(
        (items): Typed => ({
          schema: Type.Tuple(items.map((item) => item.schema)),
          values: fc.tuple(...items.map((item) => item.values)).map((parts) => ({
            value: parts.map((part) => part.value),
            sloppy: parts.map((part) => part.sloppy),
          })),
        }),
      ),
      fc.array(tie("typed"), { minLength: 1, maxLength: 3 }).map(
        (members): Typed => ({
          schema: Type.Union([...members.map((member) => member.schema), Type.Null()]),
          values: fc.oneof(strict(fc.constant(null)), ...members.map(exactly)),
        }),
      ),
      // Discriminated by a literal, which may come last.
      fc.array(fields, { minLength: 2, maxLength: 3 }).map((members): Typed => {
        const tagged = members.map((member, index) =>
          objectOf(
            [
              ...member.filter(({ key }) => key !== "kind"),
              {
                key: "kind",
                optional: false,
                field: { schema: Type.Literal(`k${index}`), values: strict(fc.constant(`k${index}`)) },
              },
            ],
            index % 2 === 0,
          ),
        );
        return {
          schema: Type.Union(tagged.map(({ schema }) => schema)),
          values: fc.oneof(...tagged.map(exactly)),
        };
      }),
      fc.tuple(fields, fields).map(([first, second]): Typed => {
        const others = second.filter(({ key }) => !first.some((field) => field.key === key));
        const [a, b] = [objectOf(first, false), objectOf(others, false)];
        return {
          schema: Type.Intersect([a.schema, b.schema]),
          values: fc.tuple(exactly(a), exactly(b)).map(([one, other]) => {
            const value = { ...(one.value as object), ...(other.value as object) };
            return { value, sloppy: value };
          }),
        };
      }),
      fc.tuple(fields, fc.boolean()).map(([members, closed]) => objectOf(members, closed)),
    ),
  };
});

/** A schema and some of its values. */
export const typedValues = (valuesPerSchema: number) =>
  typed.chain(({ schema, values }) =>
    fc.record(
      {
        schema: fc.constant(schema),
        values: fc.array(values, { minLength: valuesPerSchema, maxLength: valuesPerSchema }),
      },
      { noNullPrototype: true },
    ),
  );
