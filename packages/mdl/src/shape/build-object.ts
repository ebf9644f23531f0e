import { defined } from "../defined.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { readBounds } from "./bounds.ts";
import { bits } from "./kinds.ts";
import { entriesOf, namesOf } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";
import {
  type Field,
  isOpen,
  never,
  type ObjectShape,
  open,
  type PatternFields,
  type Shape,
} from "./shape.ts";
import { tighten } from "./tighten.ts";

/** Patterns that libraries write for keys of every name. */
const anyKey = ["^.*$", "^(.*)$", ".*", ""];

/** Builds an object: its keys by name, by pattern, and all others. */
export function buildObject(node: SchemaNode): ObjectShape {
  const { propertyNames, additionalProperties: others = true } = node.schema;
  const required = namesOf(node, "required");
  const field = (name: string, shape: Shape): Field => ({ name, shape, optional: !required.includes(name) });
  const properties = entriesOf(node, "properties");
  let rest: Shape = others === true ? open : node.build(others, ["*"]);
  // Beside keys that are named, untyped values are not declared: they are what is left open.
  if (rest.kind === "any" && properties.length > 0) rest = open;
  let patterns = entriesOf(node, "patternProperties").map(
    ([pattern, value]): PatternFields => ({ pattern, shape: node.build(value, ["*"]) }),
  );
  const [first] = patterns;
  if (first && properties.length + patterns.length === 1 && anyKey.includes(first.pattern)) {
    rest = first.shape;
    patterns = [];
  }
  const fields = new Map(properties.map(([name, value]) => [name, field(name, node.build(value, [name]))]));
  const keys = propertyNames === undefined ? undefined : keysOf(node.build(propertyNames, ["*"]));
  // Some libraries write a record whose keys are all known as the names of its keys.
  const known = keys?.kind === "literal" && fields.size + patterns.length === 0 && rest.kind !== "any";
  const names = known ? keys.values.filter((value) => typeof value === "string") : [];
  const listed = names.length > 0 && required.every((name) => names.includes(name));
  for (const name of listed ? names : required) {
    if (fields.has(name)) continue;
    const isMatched = patterns.some(({ pattern }) => expression(pattern, node).test(name));
    fields.set(name, field(name, isMatched ? open : { ...rest }));
  }
  return defined({
    kind: "object",
    fields: inOrder(fields),
    patterns,
    rest: listed ? never : rest,
    keys: listed ? undefined : keys,
    bounds: readBounds(node, "object"),
  });
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
export function inOrder(byName: ReadonlyMap<string, Field>): readonly Field[] {
  const asked = [...byName.values()].filter(({ shape }) => isOpen(shape));
  const said = [...byName].filter(([, { shape }]) => !isOpen(shape));
  return [...Object.values(Object.fromEntries(said)), ...asked];
}

/** What the keys are; undefined where any text will do. */
function keysOf(shape: Shape): Shape | undefined {
  const keys = tighten(shape, bits.str);
  const isAny = keys.kind === "any" || (keys.kind === "str" && Object.keys(keys.bounds).length === 0);
  return isAny ? undefined : keys;
}

/** An object that has certain keys, whatever their values. */
export function objectWith(names: readonly string[]): ObjectShape {
  const fields = names.map((name): Field => ({ name, shape: open, optional: false }));
  return { kind: "object", fields, patterns: [], rest: open, bounds: {} };
}
