import type { JsonObject, JsonValue } from "@conduit/types";
import { Random } from "./random.ts";
import { isObject, type Vocabulary, vocabularyOf } from "./vocabulary.ts";

/** Values for one schema that differ a little from what it was written for; the same for the same seed. */
export class Mutants {
  readonly #schema: JsonObject;
  readonly #instances: readonly JsonValue[];
  readonly #vocabulary: Vocabulary;
  readonly #random: Random;

  constructor(schema: JsonObject, instances: readonly JsonValue[], seed: string) {
    this.#schema = schema;
    this.#instances = instances;
    this.#vocabulary = vocabularyOf(schema);
    this.#random = new Random(seed);
  }

  /** One of the instances, or a value made for the schema, after up to three mutations. */
  next(): JsonValue {
    const random = this.#random;
    const fromFile = this.#instances.length > 0 && random.next() < 0.5;
    let value = fromFile ? random.pick(this.#instances) : this.#make(this.#schema, 0);
    for (let count = random.below(fromFile ? 3 : 2) + (fromFile ? 1 : 0); count > 0; count -= 1) {
      value = this.#mutate(value);
    }
    return value;
  }

  /** Changes something at or within a value. */
  #mutate(value: JsonValue): JsonValue {
    const random = this.#random;
    const isContainer = typeof value === "object" && value !== null && Object.keys(value).length > 0;
    if (isContainer && random.next() < 0.75) {
      const key = random.pick(Object.keys(value));
      if (!Array.isArray(value)) return { ...value, [key]: this.#mutate((value as JsonObject)[key] ?? null) };
      return value.map((item, index) => (String(index) === key ? this.#mutate(item) : item));
    }
    return this.#change(value);
  }

  /** Changes a value itself, most often within its type. */
  #change(value: JsonValue): JsonValue {
    const random = this.#random;
    const { keys, texts, numbers, values } = this.#vocabulary;
    if (random.next() < 0.2) return this.#any(2);
    if (Array.isArray(value)) {
      const at = random.below(value.length + 1);
      const item = value[Math.min(at, value.length - 1)] ?? this.#any(1);
      return random.pick([
        value.toSpliced(at, 1),
        value.toSpliced(at, 0, item),
        value.toSpliced(at, 0, this.#any(1)),
        [],
        [...value, ...value, ...value],
      ]);
    }
    if (isObject(value)) {
      const { [random.pick([...Object.keys(value), ""])]: _, ...fewer } = value;
      return random.pick([
        fewer,
        { ...value, [random.pick(keys)]: this.#any(1) },
        { ...value, [random.pick(keys)]: random.pick(texts) },
        {},
      ]);
    }
    if (typeof value === "string") {
      return random.pick([
        `${value}x`,
        value.slice(1),
        value.toUpperCase(),
        random.pick(texts),
        random.pick(values),
      ]);
    }
    if (typeof value === "number") return random.pick([value + 1, value - 0.5, -value, random.pick(numbers)]);
    return random.pick([random.pick(values), random.pick(texts), !value]);
  }

  /** A value of any type. */
  #any(depth: number): JsonValue {
    const random = this.#random;
    const { keys, texts, numbers, values } = this.#vocabulary;
    const flat = [random.pick(texts), random.pick(numbers), random.pick(values), null, true];
    if (depth === 0) return random.pick(flat);
    return random.pick<JsonValue>([
      ...flat,
      [],
      {},
      [this.#any(depth - 1)],
      { [random.pick(keys)]: this.#any(depth - 1) },
    ]);
  }

  /** A value that a schema accepts as far as its commonest keywords go. */
  #make(schema: JsonValue | undefined, depth: number): JsonValue {
    const random = this.#random;
    const { texts, numbers, values } = this.#vocabulary;
    if (!isObject(schema) || depth > 6) return this.#any(1);
    if (typeof schema.$ref === "string") return this.#make(this.#resolve(schema.$ref), depth + 1);
    if ("const" in schema) return schema.const ?? null;
    if (Array.isArray(schema.enum)) return random.pick(schema.enum as JsonValue[]);
    const parts = [schema.anyOf, schema.oneOf]
      .filter(Array.isArray)
      .map((members) => random.pick(members as JsonValue[]));
    if (Array.isArray(schema.allOf)) parts.push(...(schema.allOf as JsonValue[]));
    const made = parts.map((part) => this.#make(part, depth + 1));
    const type = Array.isArray(schema.type) ? random.pick(schema.type as JsonValue[]) : schema.type;
    if (type === "object" || schema.properties !== undefined) {
      const own = this.#makeObject(schema, depth);
      return Object.assign(own, ...made.filter(isObject));
    }
    const [first] = made;
    if (first !== undefined) return first;
    switch (type) {
      case "array": {
        const least = typeof schema.minItems === "number" ? Math.min(schema.minItems, 5) : 0;
        const prefix = (
          Array.isArray(schema.items) ? schema.items : (schema.prefixItems ?? [])
        ) as JsonValue[];
        const items = Array.from({ length: Math.max(least, prefix.length, 0) + random.below(2) });
        return items.map((_, index) => this.#make(prefix[index] ?? schema.items, depth + 1));
      }
      case "string":
        return random.pick(texts);
      case "integer":
        return Math.round(random.pick(numbers));
      case "number":
        return random.pick(numbers);
      case "boolean":
        return random.next() < 0.5;
      case "null":
        return null;
      default:
        return random.next() < 0.5 ? random.pick(values) : this.#any(1);
    }
  }

  #makeObject(schema: JsonObject, depth: number): Record<string, JsonValue> {
    const random = this.#random;
    const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
    const properties = isObject(schema.properties) ? schema.properties : {};
    const chosen = Object.keys(properties).filter((key) => required.includes(key) || random.next() < 0.5);
    const names = [...new Set([...required, ...chosen])];
    const entries = names.map((key) => [key, this.#make(properties[key], depth + 1)] as const);
    const others = schema.additionalProperties;
    if (isObject(others) && Object.keys(others).length > 0) {
      entries.push([random.pick(this.#vocabulary.keys), this.#make(others, depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #resolve(reference: string): JsonValue | undefined {
    let found: JsonValue | undefined = this.#schema;
    for (const segment of decodeURIComponent(reference).split("/").slice(1)) {
      found = isObject(found) ? found[segment.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
    }
    return found;
  }
}
