import type { JsonObject, JsonValue, Schema } from "@conduit/types";
import { defined } from "./defined.ts";
import { areAllDisjoint } from "./shape/kinds.ts";
import type {
  IntersectionShape,
  ListShape,
  NeverShape,
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
  const $defs = mapped(definitions, ({ name, shape }) => [name, print(shape, closed)]);
  return defined({ ...(print(root, closed) as JsonObject), $defs });
}

const typeNames = {
  str: "string",
  int: "integer",
  float: "number",
  bool: "boolean",
  null: "null",
  list: "array",
  object: "object",
} as const;

/** Writes a shape; of a part of an intersection, which another part may add keys to, only what is within is shut. */
function print(shape: Shape, closed: boolean, isPart = false): JsonObject | false {
  if (shape.kind === "never") return false;
  const { title, description } = shape;
  return defined({ title, description, ...printPlain(shape, closed, isPart) });
}

function printPlain(shape: Exclude<Shape, NeverShape>, closed: boolean, isPart: boolean): object {
  switch (shape.kind) {
    case "literal":
      return { enum: shape.values };
    case "union": {
      const members = shape.members.map((member) => print(member, closed, isPart));
      const apart = !shape.exclusive || (closed && !isPart && areAllDisjoint(shape.members, true));
      return { [apart ? "anyOf" : "oneOf"]: members };
    }
    case "intersection":
      return printIntersection(shape, closed, isPart);
    case "not":
      return { not: print(shape.shape, false) };
    case "reference": {
      const { name, shape: target } = shape.definition;
      // The definition as it stands is shut.
      if (closed && isPart) return print(target, true, true) as JsonObject;
      return { $ref: name === "Root" ? "#" : `#/$defs/${name}` };
    }
    case "any":
      return {};
    default:
      return {
        type: "loose" in shape ? undefined : typeNames[shape.kind],
        ...printTyped(shape, closed, closed && !isPart),
      };
  }
}

function printTyped(shape: Shape, closed: boolean, shut: boolean): object {
  switch (shape.kind) {
    case "str":
      return withKnownFormat(shape.bounds);
    case "int":
    case "float":
      return closed ? finite(shape.bounds) : shape.bounds;
    case "list":
      return printList(shape, closed);
    case "object":
      return printObject(shape, closed, shut);
    default:
      return {};
  }
}

/** Formats that JSON Schema defines; it takes all others for notes, and engines refuse them. */
const formats = new Set(
  "date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uuid uri uri-reference iri iri-reference uri-template json-pointer relative-json-pointer regex".split(
    " ",
  ),
);

function withKnownFormat({ format = "", ...bounds }: StringShape["bounds"]): object {
  return formats.has(format) ? { ...bounds, format } : bounds;
}

function finite(bounds: NumberShape["bounds"]): object {
  // Grammar engines take a multiple within a range only where the range is small.
  if (bounds.multipleOf !== undefined) return bounds;
  return {
    minimum: bounds.exclusiveMinimum === undefined ? Number.MIN_SAFE_INTEGER : undefined,
    maximum: bounds.exclusiveMaximum === undefined ? Number.MAX_SAFE_INTEGER : undefined,
    ...bounds,
  };
}

function printList({ prefix, rest, bounds }: ListShape, closed: boolean): object {
  return {
    prefixItems: prefix.length > 0 ? prefix.map((item) => print(item, closed)) : undefined,
    items: printRest(rest, closed, closed && prefix.length > 0),
    ...bounds,
  };
}

function printObject(
  { fields, patterns, rest, keys, bounds }: ObjectShape,
  closed: boolean,
  shut: boolean,
): object {
  const required = fields.filter((field) => !field.optional).map((field) => field.name);
  // Of a key that is only asked for there is nothing to say where other keys are open.
  const said = fields.filter(({ shape }) => shut || !isOpen(shape) || !isOpen(rest));
  return {
    properties: mapped(said, ({ name, shape }) => [name, print(shape, closed)]),
    required: required.length > 0 ? required : undefined,
    patternProperties: mapped(patterns, ({ pattern, shape }) => [pattern, print(shape, closed)]),
    // Shutting an object of which no key is known would leave nothing of it.
    additionalProperties: printRest(rest, closed, shut && fields.length + patterns.length > 0),
    propertyNames: keys && print(keys, false),
    ...bounds,
  };
}

/** What is not named: nothing is written where it is left open. */
function printRest(rest: Shape, closed: boolean, shut: boolean): JsonValue | undefined {
  return isOpen(rest) ? (shut ? false : undefined) : print(rest, closed);
}

/** The entries of what there is of a list; undefined when that is nothing. */
function mapped<T>(
  list: readonly T[],
  entryOf: (item: T) => readonly [string, JsonValue],
): JsonObject | undefined {
  return list.length > 0 ? Object.fromEntries(list.map(entryOf)) : undefined;
}

function isOpen(shape: Shape): boolean {
  return shape.kind === "any" && shape.declared === undefined;
}

/** Writes all parts, and shuts them as a whole, since each alone does not know the keys of the others. */
function printIntersection({ members }: IntersectionShape, closed: boolean, isPart: boolean): JsonObject {
  const allOf: JsonValue[] = members.map((member) => print(member, closed, true));
  const names = closed && !isPart ? keysOfAll(members) : undefined;
  if (names !== undefined) {
    allOf.push({
      properties: Object.fromEntries(names.map((name) => [name, {}])),
      additionalProperties: false,
    });
  }
  return { allOf };
}

function keysOfAll(members: readonly Shape[]): readonly string[] | undefined {
  const names = members.map(keysIn);
  return names.includes(undefined) ? undefined : (names.flat() as string[]);
}

/** All keys that a shape names for its own values; undefined where it allows others, or has none. */
function keysIn(shape: Shape): readonly string[] | undefined {
  switch (shape.kind) {
    case "object":
      return isOpen(shape.rest) && shape.patterns.length === 0
        ? shape.fields.map(({ name }) => name)
        : undefined;
    case "union":
    case "intersection":
      return keysOfAll(shape.members);
    case "reference":
      return keysIn(shape.definition.shape);
    case "not":
    case "null":
      return [];
    default:
      return undefined;
  }
}
