import type { JsonObject, JsonValue, Schema } from "@conduit/types";
import { defined } from "./defined.ts";
import { setOwn } from "./own-property.ts";
import { areAllDisjoint } from "./shape/kinds.ts";
import { isOpen, type ObjectShape, type Shape } from "./shape/shape.ts";
import { shapeOf } from "./shape/shape-of.ts";
import { type TypedKind, typeNames } from "./shape/type-names.ts";

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
  const $defs = printEntries(definitions, "name", closed);
  return defined({ ...(print(root, closed) as JsonObject), $defs });
}

/** Formats that JSON Schema defines; it takes all others for notes, and engines refuse them. */
const knownFormat =
  /^(date|time|date-time|duration|(idn-)?(email|hostname)|ipv[46]|uuid|[iu]ri(-reference)?|uri-template|(relative-)?json-pointer|regex)$/;

/** Writes a shape; of a part of an intersection, which another part may add keys to, only what is within is shut. */
function print(shape: Shape, closed: boolean, isPart = false): JsonObject | false {
  if (shape.kind === "never") return false;
  const { title, description } = shape;
  const type = "loose" in shape ? undefined : typeNames[shape.kind as TypedKind];
  return defined({ title, description, type, ...printed(shape, closed, isPart) });
}

/** What a shape says beside its type. */
function printed(shape: Shape, closed: boolean, isPart: boolean): object {
  const shut = closed && !isPart;
  switch (shape.kind) {
    case "literal":
      return { enum: shape.values };
    case "union": {
      const { members, exclusive } = shape;
      const isAny = !exclusive || (shut && areAllDisjoint(members, true));
      return { [isAny ? "anyOf" : "oneOf"]: members.map((member) => print(member, closed, isPart)) };
    }
    case "intersection": {
      const allOf: JsonValue[] = shape.members.map((member) => print(member, closed, true));
      // Each alone does not know the keys of the others: they are shut as a whole.
      const properties: JsonObject = {};
      if (shut && addKeys(shape, properties)) allOf.push({ properties, additionalProperties: false });
      return { allOf };
    }
    case "not":
      return { not: print(shape.shape, false) };
    case "reference": {
      const { name, shape: target } = shape.definition;
      // The definition as it stands is shut.
      if (closed && isPart) return print(target, true, true) as JsonObject;
      return { $ref: name === "Root" ? "#" : `#/$defs/${name}` };
    }
    case "str": {
      const { format = "", ...bounds } = shape.bounds;
      return knownFormat.test(format) ? { ...bounds, format } : bounds;
    }
    case "int":
    case "float": {
      const { bounds } = shape;
      // Grammar engines take a multiple within a range only where the range is small.
      if (!closed || "multipleOf" in bounds) return bounds;
      return {
        minimum: "exclusiveMinimum" in bounds ? undefined : Number.MIN_SAFE_INTEGER,
        maximum: "exclusiveMaximum" in bounds ? undefined : Number.MAX_SAFE_INTEGER,
        ...bounds,
      };
    }
    case "list": {
      const { prefix, rest, bounds } = shape;
      const hasPrefix = prefix.length > 0;
      return {
        prefixItems: hasPrefix ? prefix.map((item) => print(item, closed)) : undefined,
        items: printRest(rest, closed, closed && hasPrefix),
        ...bounds,
      };
    }
    case "object":
      return printObject(shape, closed, shut);
    default:
      return {};
  }
}

function printObject({ fields, patterns, rest, keys, bounds }: ObjectShape, closed: boolean, shut: boolean) {
  const required = fields.filter((field) => !field.optional).map((field) => field.name);
  // Of a key that is only asked for there is nothing to say where other keys are open.
  const said = fields.filter(({ shape }) => shut || !(isOpen(shape) && isOpen(rest)));
  return {
    properties: printEntries(said, "name", closed),
    required: required.length > 0 ? required : undefined,
    patternProperties: printEntries(patterns, "pattern", closed),
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

/** Shapes under their names; undefined when there are none. */
function printEntries<Name extends string>(
  entries: readonly ({ readonly shape: Shape } & Readonly<Record<Name, string>>)[],
  name: Name,
  closed: boolean,
): JsonObject | undefined {
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map((entry) => [entry[name], print(entry.shape, closed)]));
}

/** Adds all keys that a shape names for its own values to `properties`; false where it allows others, or has none. */
function addKeys(shape: Shape, properties: JsonObject): boolean {
  switch (shape.kind) {
    case "object":
      for (const { name } of shape.fields) setOwn(properties, name, {});
      return isOpen(shape.rest) && shape.patterns.length === 0;
    case "union":
    case "intersection":
      return shape.members.every((member) => addKeys(member, properties));
    case "reference":
      return addKeys(shape.definition.shape, properties);
    default:
      return shape.kind === "not" || shape.kind === "null";
  }
}
