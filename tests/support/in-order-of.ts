import type { JsonObject } from "@conduit/types";
import { rawJson } from "./raw-json.ts";

type Schemas = readonly (JsonObject | undefined)[];

/** An instance with its keys in the order in which `root` names them, which is the order that a grammar writes. */
export function inOrderOf(root: JsonObject, instance: unknown): unknown {
  /** All schemas that say something of the same value as one of `schemas`. */
  const expand = (schemas: Schemas, seen = new Set<JsonObject>()): Schemas => {
    for (const schema of schemas) {
      if (schema === undefined || typeof schema !== "object" || seen.has(schema)) continue;
      seen.add(schema);
      const { allOf = [], anyOf = [], oneOf = [], $ref } = schema as Record<string, never>;
      const target = typeof $ref === "string" ? [$ref === "#" ? root : definition($ref)] : [];
      expand([...allOf, ...anyOf, ...oneOf, ...target], seen);
    }
    return [...seen];
  };
  const definition = (reference: string) => {
    const names = reference.split("/").slice(1).map(decodePointer);
    return names.reduce<unknown>((value, name) => (value as JsonObject | undefined)?.[name], root) as
      | JsonObject
      | undefined;
  };
  const sort = (schemas: Schemas, value: unknown): unknown => {
    if (typeof value !== "object" || value === null || rawJson.isRawJSON(value)) return value;
    const all = expand(schemas) as readonly Record<string, never>[];
    if (Array.isArray(value)) {
      return value.map((item, index) =>
        sort(
          all.map(({ prefixItems = [], items }) => prefixItems[index] ?? items),
          item,
        ),
      );
    }
    const names = all.flatMap(({ properties = {} }) => Object.keys(properties));
    const rank = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
    const entries = Object.entries(value).toSorted(([a], [b]) => rank(a) - rank(b));
    return Object.fromEntries(
      entries.map(([name, part]) => [
        name,
        sort(
          all.map(({ properties = {}, additionalProperties }) => properties[name] ?? additionalProperties),
          part,
        ),
      ]),
    );
  };
  return sort([root], instance);
}

/** A part of a JSON pointer in a URI as the name that it stands for. */
function decodePointer(part: string): string {
  return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
}
