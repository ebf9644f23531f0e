import { InvalidModelConfigJsonError } from "./invalid-model-config-json-error.ts";

/** Reads fields of a `config.json`, which names one thing differently from family to family. */
export class ConfigReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InvalidModelConfigJsonError(path === "" ? "." : path, "an object", value);
    }
    this.#fields = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  /** Value of the first of these fields that is there and not null. */
  value(...names: readonly string[]): unknown {
    const name = names.find((candidate) => (this.#fields[candidate] ?? null) !== null);
    return name === undefined ? undefined : this.#fields[name];
  }

  /** A whole number that is not negative; of a list, its largest. */
  optionalInteger(...names: readonly string[]): number | undefined {
    const value = this.value(...names);
    if (value === undefined) return undefined;
    const numbers = Array.isArray(value) ? value : [value];
    for (const number of numbers) {
      if (!Number.isSafeInteger(number) || number < 0)
        throw this.#invalid(names, "a whole number of at least 0", value);
    }
    return Math.max(...(numbers as readonly number[]));
  }

  integer(name: string, ...others: readonly string[]): number {
    const value = this.optionalInteger(name, ...others);
    if (value === undefined || value === 0) throw this.#invalid([name], "a positive whole number", value);
    return value;
  }

  optionalNumber(...names: readonly string[]): number | undefined {
    const value = this.value(...names);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.#invalid(names, "a number", value);
    return value;
  }

  flag(fallback: boolean, ...names: readonly string[]): boolean {
    const value = this.value(...names);
    if (value === undefined) return fallback;
    if (typeof value !== "boolean") throw this.#invalid(names, "true or false", value);
    return value;
  }

  text(...names: readonly string[]): string | undefined {
    const value = this.value(...names);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw this.#invalid(names, "a string", value);
    return value;
  }

  /** A list, or nothing; `items` of the wrong kind throw. */
  list<Item>(is: (item: unknown) => item is Item, ...names: readonly string[]): readonly Item[] | undefined {
    const value = this.value(...names);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every(is)) throw this.#invalid(names, "a list of its kind", value);
    return value;
  }

  object(...names: readonly string[]): ConfigReader | undefined {
    const value = this.value(...names);
    const name = names.find((candidate) => (this.#fields[candidate] ?? null) !== null) ?? "";
    return value === undefined ? undefined : new ConfigReader(value, this.#at(name));
  }

  entries(): readonly (readonly [string, unknown])[] {
    return Object.entries(this.#fields);
  }

  /** These fields, where `others` lacks them. */
  over(others: ConfigReader): ConfigReader {
    return new ConfigReader({ ...others.#fields, ...this.#fields }, this.#path);
  }

  invalid(name: string, expected: string): InvalidModelConfigJsonError {
    return this.#invalid([name], expected, this.#fields[name]);
  }

  #invalid(names: readonly string[], expected: string, found: unknown): InvalidModelConfigJsonError {
    return new InvalidModelConfigJsonError(this.#at(names[0] ?? ""), expected, found);
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}

export const isNumber = (item: unknown): item is number => typeof item === "number";
export const isString = (item: unknown): item is string => typeof item === "string";
