import { MdlSchemaError } from "../mdl-schema-error.ts";
import { readBounds } from "./bounds.ts";
import { entriesOf, namesOf } from "./schema-node.ts";
import type { BuildShape, SchemaNode } from "./schema-source.ts";
import type { Field, ObjectShape, PatternFields, Shape } from "./shape.ts";
import { tighten } from "./tighten.ts";

/** Patterns that libraries write for keys of every name. */
const anyKey = new Set(["^.*$", "^(.*)$", ".*", ""]);

const open: Shape = { kind: "any" };

/** Builds an object: its keys by name, by pattern, and all others. */
export function buildObject(node: SchemaNode, buildShape: BuildShape): ObjectShape {
  const { schema } = node;
  const build = (value: unknown, key: string) => buildShape(value, { ...node, keys: [...node.keys, key] });
  const required = namesOf(node, "required");
  const properties = entriesOf(node, "properties");
  const patterns: PatternFields[] = [];
  let rest = buildRest(node, properties.length > 0, build);
  const byPattern = entriesOf(node, "patternProperties");
  for (const [pattern, value] of byPattern) {
    const shape = build(value, "*");
    if (anyKey.has(pattern) && properties.length === 0 && byPattern.length === 1) rest = shape;
    else patterns.push({ pattern, shape });
  }
  const fields = properties.map(
    ([name, value]): Field => ({ name, shape: build(value, name), optional: !required.includes(name) }),
  );
  const keys = schema.propertyNames === undefined ? undefined : keysOf(build(schema.propertyNames, "*"));
  // Some libraries write a record whose keys are all known as the names of its keys.
  const known = keys?.kind === "literal" && fields.length + patterns.length === 0 && rest.kind !== "any";
  const names = known ? keys.values.filter((value) => typeof value === "string") : [];
  const listed = names.length > 0 && required.every((name) => names.includes(name));
  for (const name of listed ? names : required) {
    if (fields.some((field) => field.name === name)) continue;
    const isMatched = patterns.some(({ pattern }) => expression(pattern, node).test(name));
    fields.push({ name, shape: isMatched ? open : { ...rest }, optional: !required.includes(name) });
  }
  if (listed) rest = { kind: "never" };
  return {
    kind: "object",
    fields: inOrder(fields),
    patterns,
    rest,
    ...(keys !== undefined && !listed && { keys }),
    bounds: readBounds(node, "object"),
  };
}

function expression(pattern: string, { keys }: SchemaNode): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    const found = `the pattern ${JSON.stringify(pattern)}`;
    throw new MdlSchemaError(keys, found, "write it as JavaScript reads it", { cause });
  }
}

/** Fields in the order that an object has its keys in, after them the keys that are only asked for. */
export function inOrder(fields: readonly Field[]): readonly Field[] {
  const said = fields.filter(({ shape }) => shape.kind !== "any" || shape.declared);
  const ordered = Object.values(Object.fromEntries(said.map((field) => [field.name, field])));
  return [...ordered, ...fields.filter((field) => !said.includes(field))];
}

/** The shape of the values under keys that are not named; a record of untyped values is declared so. */
function buildRest(
  { schema }: SchemaNode,
  named: boolean,
  build: (value: unknown, key: string) => Shape,
): Shape {
  const { additionalProperties: others } = schema;
  if (others === undefined || others === true) return open;
  const shape = build(others, "*");
  return shape.kind === "any" && named ? open : shape;
}

/** What the keys are; undefined where any text will do. */
function keysOf(shape: Shape): Shape | undefined {
  const keys = tighten(shape, "str");
  return keys.kind === "any" || (keys.kind === "str" && Object.keys(keys.bounds).length === 0)
    ? undefined
    : keys;
}

/** An object that has certain keys, whatever their values. */
export function objectWith(names: readonly string[]): ObjectShape {
  const fields = names.map((name): Field => ({ name, shape: open, optional: false }));
  return { kind: "object", fields, patterns: [], rest: open, bounds: {} };
}
