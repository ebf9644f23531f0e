import { isContainer } from "../is-container.ts";
import { memoized } from "../memoized.ts";
import { withinBounds } from "../shape/bounds.ts";
import { hasRequiredKeys } from "../shape/has-required-keys.ts";
import { isMap } from "../shape/is-map.ts";
import { bits, kindsOf } from "../shape/kinds.ts";
import type { ObjectShape, Shape } from "../shape/shape.ts";

/**
 * Tells whether a value fits as it is, as far as that can be seen without an alignment; where it says no, it may still. With
 * `again`, another test may go through the same value.
 */
type Test = (value: unknown, again?: boolean) => boolean;

const never: Test = () => false;
const containerBits = bits.list | bits.object;

/** A test for the values of a shape. */
export const fitsAtOnce = memoized((shape: Shape): Test => {
  const fits = testOf(shape);
  if (!("bounds" in shape) || Object.keys(shape.bounds).length === 0) return fits;
  return (value, again) => fits(value, again) && withinBounds(value, shape.bounds);
});

function testOf(shape: Shape): Test {
  switch (shape.kind) {
    case "str":
      return (value) => typeof value === "string";
    case "int":
      return Number.isInteger;
    case "float":
      return (value) => typeof value === "number";
    case "bool":
      return (value) => typeof value === "boolean";
    case "any":
      return () => true;
    case "literal": {
      const values = new Set<unknown>(shape.values);
      return (value) => values.has(value);
    }
    case "list": {
      const prefix = shape.prefix.map(fitsAtOnce);
      const rest = fitsAtOnce(shape.rest);
      return (value, again) =>
        Array.isArray(value) && value.every((item, index) => (prefix[index] ?? rest)(item, again));
    }
    case "object":
      return testOfObject(shape);
    case "union": {
      if (shape.exclusive) return never;
      const members = shape.members.map(fitsAtOnce);
      const { length } = shape.members.filter((member) => (kindsOf(member) & containerBits) !== 0);
      // Unions within unions would go through a value twice for each level.
      return (value, again = false) =>
        !(again && length > 1 && isContainer(value)) &&
        members.some((fits) => fits(value, again || length > 1));
    }
    // What it refers to may refer back.
    case "reference":
      return (value, again) => fitsAtOnce(shape.definition.shape)(value, again);
    default:
      return never;
  }
}

function testOfObject({ fields, patterns, rest, keys }: ObjectShape): Test {
  if (patterns.length > 0 || keys !== undefined) return never;
  const named = new Map(fields.map(({ name, shape }) => [name, fitsAtOnce(shape)]));
  const others = fitsAtOnce(rest);
  return (value, again) => {
    if (!isMap(value) || !hasRequiredKeys(value, fields)) return false;
    for (const key of Object.keys(value)) if (!(named.get(key) ?? others)(value[key], again)) return false;
    return true;
  };
}
