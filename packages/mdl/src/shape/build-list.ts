import type { BoundsOf } from "./bound-types.ts";
import { readBounds } from "./bounds.ts";
import { listOf } from "./schema-node.ts";
import type { BuildShape, SchemaNode } from "./schema-source.ts";
import type { ListShape, Shape } from "./shape.ts";

/** Builds a list; first items of their own come in the notation of draft 2020-12 (`prefixItems`) or of earlier ones (`items`). */
export function buildList(node: SchemaNode, buildShape: BuildShape): ListShape {
  const { schema } = node;
  const build = (value: unknown, key: string | number) =>
    buildShape(value, { ...node, keys: [...node.keys, key] });
  const own = Array.isArray(schema.items) ? "items" : "prefixItems";
  const prefix = (listOf(node, own) ?? []).map((item, index) => build(item, index));
  const others = own === "items" ? schema.additionalItems : schema.items;
  const bounds = readBounds(node, "array");
  // Values of the first items are there to be named; what comes after them may be left open.
  const open = others === undefined || (prefix.length > 0 && others === true);
  const rest: Shape = open ? { kind: "any" } : build(others, "*");
  return { kind: "list", ...shorten(prefix, rest, bounds) };
}

/** Cuts what no list is long enough for, and lets a length say that nothing comes after the first items. */
function shorten(
  prefix: readonly Shape[],
  rest: Shape,
  { maxItems, ...others }: BoundsOf<"array">,
): Omit<ListShape, "kind"> {
  const length = Math.min(
    maxItems ?? Number.POSITIVE_INFINITY,
    rest.kind === "never" ? prefix.length : Infinity,
  );
  if (length > prefix.length || (length === prefix.length && rest.kind === "never")) {
    const kept = length > prefix.length && maxItems !== undefined ? { ...others, maxItems } : others;
    return { prefix, rest, bounds: kept };
  }
  return { prefix: prefix.slice(0, length), rest: { kind: "never" }, bounds: others };
}
