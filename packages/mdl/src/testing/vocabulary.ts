import type { JsonObject, JsonValue } from "@conduit/types";

/** What a schema speaks of: material for values at the edge of what it accepts. */
export interface Vocabulary {
  readonly keys: readonly string[];
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  readonly values: readonly JsonValue[];
}

const lengths = new Set(["minLength", "maxLength"]);
const limits = new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]);
const maxTextLength = 1000;

/** Collects the keys, values, limits and lengths that `schema` names, and what lies just beside. */
export function vocabularyOf(schema: JsonObject): Vocabulary {
  const keys = new Set(["a", "x-note", "unheard of", "7", ""]);
  const texts = new Set([
    "",
    "a",
    "Zz 9",
    "7",
    "2024-02-30",
    "2024-05-06T07:08:09Z",
    "a@b.example",
    "https://b.example/c",
  ]);
  const numbers = new Set([0, 1, -1, 0.5, 7, 1e9]);
  const values = new Set<JsonValue>([null, true, false]);
  const walk = (part: JsonValue): void => {
    if (typeof part !== "object" || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (key === "properties" && isObject(value)) for (const name of Object.keys(value)) keys.add(name);
      if (key === "required" && Array.isArray(value)) for (const name of value) keys.add(String(name));
      if (key === "patternProperties" && isObject(value))
        for (const name of Object.keys(value)) keys.add(keyLike(name));
      if (key === "enum" && Array.isArray(value)) for (const one of value) values.add(one);
      if (key === "const" || key === "default") values.add(value);
      if (typeof value === "number" && limits.has(key)) {
        for (const step of [-1, -0.5, 0, 0.5, 1]) numbers.add(value + step);
        numbers.add(value * 2);
      }
      if (typeof value === "number" && lengths.has(key) && value < maxTextLength) {
        for (const length of [value - 1, value, value + 1]) if (length >= 0) texts.add("x".repeat(length));
      }
      if (key === "pattern" && typeof value === "string") texts.add(keyLike(value));
      walk(value);
    }
  };
  walk(schema);
  return { keys: [...keys], texts: [...texts], numbers: [...numbers], values: [...values] };
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text that the simplest of patterns match. */
function keyLike(pattern: string): string {
  return pattern
    .replace(/^\^|\$$/g, "")
    .replace(/\\d/g, "4")
    .replace(/\[[^\]]*\]/g, (set) => set.charAt(1))
    .replace(/\\w/g, "w")
    .replace(/\\(.)/g, "$1")
    .replace(/[+*?()]|\{[^}]*\}/g, "")
    .replace(/\./g, "p")
    .replace(/\|.*/, "");
}
