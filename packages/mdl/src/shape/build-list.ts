import { readBounds } from "./bounds.ts";
import { listOf } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";
import { type ListShape, never, open } from "./shape.ts";

/** Builds a list; first items of their own come in the notation of draft 2020-12 (`prefixItems`) or of earlier ones (`items`). */
export function buildList(node: SchemaNode): ListShape {
  const { items, additionalItems } = node.schema;
  const [own, others] = Array.isArray(items) ? ["items", additionalItems] : ["prefixItems", items];
  const prefix = (listOf(node, own) ?? []).map((item, index) => node.build(item, [index]));
  const { maxItems = Infinity, ...bounds } = readBounds(node, "list");
  // Values of the first items are there to be named; what comes after them may be left open.
  const isOpen = others === undefined || (prefix.length > 0 && others === true);
  const rest = isOpen ? open : node.build(others, ["*"]);
  const isShut = rest.kind === "never";
  if (maxItems > prefix.length && !isShut) {
    return { kind: "list", prefix, rest, bounds: maxItems < Infinity ? { ...bounds, maxItems } : bounds };
  }
  // What no list is long enough for is cut, and the length says that nothing comes after the first items.
  return { kind: "list", prefix: prefix.slice(0, maxItems), rest: isShut ? rest : never, bounds };
}
