import type { JsonObject, JsonValue, Schema } from "@conduit/types";
import { areDisjoint } from "./shape/kinds.ts";
import type {
  IntersectionShape,
  ListShape,
  NumberShape,
  ObjectShape,
  Shape,
  StringShape,
} from "./shape/shape.ts";
import { shapeOf } from "./shape/shape-of.ts";

/** How {@link toJsonSchema} treats what a schema leaves open. */
export interface ToJsonSchemaOptions {
  /**
   * Whether what the schema leaves open is shut, so that a model writes nothing but what the type names: objects and tuples
   * get no more members, and numbers that could have any number of digits stay between `Number.MIN_SAFE_INTEGER` and
   * `Number.MAX_SAFE_INTEGER`, where JavaScript reads what was written. Default true.
   */
  readonly closed?: boolean | undefined;
}

/**
 * Writes a schema as the JSON Schema (draft 2020-12) that grammar engines take: keys in the order of the schema, bounds
 * kept, nothing of the library it was written with.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL does not have.
 */
export function toJsonSchema(schema: Schema, { closed = true }: ToJsonSchemaOptions = {}): JsonObject {
  const { root, definitions } = shapeOf(schema);
  const named = definitions.map(({ name, shape }) => [name, print(shape, closed)]);
  const printed = print(root, closed);
  return {
    ...(typeof printed === "boolean" ? {} : printed),
    ...(named.length > 0 && { $defs: Object.fromEntries(named) }),
  };
}

/** Writes a shape; of a part of an intersection, which another part may add keys to, only what is within is shut. */
function print(shape: Shape, closed: boolean, isPart = false): JsonObject | boolean {
  const { title, description } = shape;
  const printed = printPlain(shape, closed, isPart);
  if (typeof printed === "boolean") return printed;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...printed,
  };
}

function printPlain(shape: Shape, closed: boolean, isPart: boolean): JsonObject | boolean {
  const typed = (type: string): JsonObject => ("loose" in shape ? {} : { type });
  switch (shape.kind) {
    case "str":
      return { ...typed("string"), ...withKnownFormat(shape.bounds) };
    case "int":
      return { ...typed("integer"), ...(closed ? finite(shape.bounds) : shape.bounds) };
    case "float":
      return { ...typed("number"), ...(closed ? finite(shape.bounds) : shape.bounds) };
    case "bool":
      return { type: "boolean" };
    case "null":
      return { type: "null" };
    case "literal":
      return { enum: shape.values };
    case "list":
      return { ...typed("array"), ...printList(shape, closed) };
    case "object":
      return { ...typed("object"), ...printObject(shape, closed, closed && !isPart) };
    case "union": {
      const members = shape.members.map((member) => print(member, closed, isPart));
      const apart = !shape.exclusive || (closed && !isPart && allDisjoint(shape.members));
      return { [apart ? "anyOf" : "oneOf"]: members };
    }
    case "intersection":
      return printIntersection(shape, closed, isPart);
    case "not":
      return { not: print(shape.shape, false) };
    case "reference": {
      const { name, shape: target } = shape.definition;
      // The definition as it stands is shut.
      if (closed && isPart) return print(target, true, true);
      return { $ref: name === "Root" ? "#" : `#/$defs/${name}` };
    }
    case "any":
      return {};
    case "never":
      return false;
  }
}

/** Formats that JSON Schema defines; it takes all others for notes, and engines refuse them. */
const formats = new Set(
  "date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uuid uri uri-reference iri iri-reference uri-template json-pointer relative-json-pointer regex".split(
    " ",
  ),
);

function withKnownFormat({ format, ...bounds }: StringShape["bounds"]): JsonObject {
  return format !== undefined && formats.has(format) ? { ...bounds, format } : bounds;
}

function finite(bounds: NumberShape["bounds"]): JsonObject {
  // Grammar engines take a multiple within a range only where the range is small.
  if (bounds.multipleOf !== undefined) return bounds;
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = bounds;
  return {
    ...(minimum === undefined && exclusiveMinimum === undefined && { minimum: Number.MIN_SAFE_INTEGER }),
    ...(maximum === undefined && exclusiveMaximum === undefined && { maximum: Number.MAX_SAFE_INTEGER }),
    ...bounds,
  };
}

function printList({ prefix, rest, bounds }: ListShape, closed: boolean): JsonObject {
  const shut = rest.kind === "never" || (closed && prefix.length > 0 && rest.kind === "any");
  return {
    ...(prefix.length > 0 && { prefixItems: prefix.map((item) => print(item, closed)) }),
    ...(shut ? { items: false } : isOpen(rest) ? {} : { items: print(rest, closed) }),
    ...bounds,
  };
}

function printObject(
  { fields, patterns, rest, keys, bounds }: ObjectShape,
  closed: boolean,
  shut: boolean,
): JsonObject {
  const required = fields.filter((field) => !field.optional).map((field) => field.name);
  // Of a key that is only asked for there is nothing to say where other keys are open.
  const said = fields.filter(({ shape }) => shut || !isOpen(shape) || rest.kind !== "any");
  // Shutting an object of which no key is known would leave nothing of it.
  const known = fields.length + patterns.length > 0;
  return {
    ...(said.length > 0 &&
      entries(
        "properties",
        said.map(({ name, shape }) => [name, print(shape, closed)]),
      )),
    ...(required.length > 0 && { required }),
    ...(patterns.length > 0 &&
      entries(
        "patternProperties",
        patterns.map(({ pattern, shape }) => [pattern, print(shape, closed)]),
      )),
    ...(shut && known && isOpen(rest)
      ? { additionalProperties: false }
      : isOpen(rest)
        ? {}
        : { additionalProperties: print(rest, closed) }),
    ...(keys !== undefined && { propertyNames: print(keys, false) }),
    ...bounds,
  };
}

function entries(keyword: string, list: readonly (readonly [string, JsonValue])[]): JsonObject {
  return { [keyword]: Object.fromEntries(list) };
}

function isOpen(shape: Shape): boolean {
  return shape.kind === "any" && shape.declared === undefined;
}

function allDisjoint(members: readonly Shape[]): boolean {
  return members.every((a, index) => members.slice(index + 1).every((b) => areDisjoint(a, b, true)));
}

/** Writes all parts, and shuts them as a whole, since each alone does not know the keys of the others. */
function printIntersection({ members }: IntersectionShape, closed: boolean, isPart: boolean): JsonObject {
  const allOf = members.map((member) => print(member, closed, true));
  const names = closed && !isPart ? members.map(keysIn) : [];
  if (names.length === 0 || names.includes(undefined)) return { allOf };
  const properties = Object.fromEntries(names.flat().map((name) => [name, {}]));
  return { allOf: [...allOf, { properties, additionalProperties: false }] };
}

/** All keys that a shape names for its own values; undefined where it allows others, or has none. */
function keysIn(shape: Shape): readonly string[] | undefined {
  switch (shape.kind) {
    case "object":
      return shape.rest.kind === "any" && shape.patterns.length === 0
        ? shape.fields.map(({ name }) => name)
        : undefined;
    case "union":
    case "intersection": {
      const names = shape.members.map(keysIn);
      return names.includes(undefined) ? undefined : (names.flat() as string[]);
    }
    case "reference":
      return keysIn(shape.definition.shape);
    case "not":
    case "null":
      return [];
    default:
      return undefined;
  }
}
