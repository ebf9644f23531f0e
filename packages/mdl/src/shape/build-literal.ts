import type { JsonValue } from "@conduit/types";
import { withinBounds } from "./bounds.ts";
import { listOf } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";
import type { Shape } from "./shape.ts";
import { unite } from "./unite.ts";

/** Builds what `enum` or `const` names, without what `bases`, the types beside it, do not take. */
export function buildLiteral(node: SchemaNode, bases: readonly Shape[]): readonly Shape[] {
  const { schema } = node;
  const named = ("const" in schema ? [schema.const] : (listOf(node, "enum") ?? [])) as JsonValue[];
  const values = named.filter((value) => bases.every((base) => fits(value, base)));
  const distinct = [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
  const notNull = distinct.filter((value) => value !== null);
  const members: Shape[] = [];
  if (notNull.length > 0) members.push({ kind: "literal", values: notNull });
  if (notNull.length < distinct.length) members.push({ kind: "null" });
  // What a list or an object must be, beside being one of those named, is left to be said.
  const structured = distinct.some((value) => typeof value === "object" && value !== null);
  return [unite(members), ...(structured ? bases : [])];
}

/** Whether a value fits a base; whether its parts do is not asked. */
function fits(value: JsonValue, base: Shape): boolean {
  const type = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  switch (base.kind) {
    case "union":
      return base.members.some((member) => fits(value, member));
    case "str":
    case "int":
    case "float": {
      const ofType = base.kind === "str" ? type === "string" : type === "number";
      if (!ofType) return base.loose === true;
      return (base.kind !== "int" || Number.isInteger(value)) && withinBounds(value, base.bounds);
    }
    case "list":
    case "object":
      return type === base.kind || base.loose === true;
    default:
      return type === (base.kind === "bool" ? "boolean" : base.kind);
  }
}
