import { FIELD_ALIASES } from "./field-aliases.ts";
import { InvalidModelConfigJsonError } from "./invalid-model-config-json-error.ts";

/** Reads fields of a `config.json`, under whatever name a family has for them. A field that is null is not there. */
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

  value(name: string): unknown {
    return this.#fields[this.#nameOf(name)] ?? undefined;
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  /** A whole number that is not negative; of a list, its largest. */
  integer(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const numbers: readonly unknown[] = Array.isArray(value) ? value : [value];
    return Math.max(
      ...numbers.map((number) => {
        if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
        throw this.invalid(name, "a whole number of at least 0");
      }),
    );
  }

  required(name: string): number {
    const value = this.integer(name);
    if (value === undefined || value === 0) throw this.invalid(name, "a positive whole number");
    return value;
  }

  /** Absent or at least 1: what divides, or what a cache is made of. */
  positive(name: string): number | undefined {
    return this.has(name) ? this.required(name) : undefined;
  }

  number(name: string): number | undefined {
    return this.#typed(name, "a number", isNumber);
  }

  flag(fallback: boolean, name: string): boolean {
    return this.#typed(name, "true or false", (value) => typeof value === "boolean") ?? fallback;
  }

  text(name: string): string | undefined {
    return this.#typed(name, "a string", isString);
  }

  numbers(name: string): readonly number[] | undefined {
    return this.#typed(name, "a list of numbers", (value) => Array.isArray(value) && value.every(isNumber));
  }

  strings(name: string): readonly string[] | undefined {
    return this.#typed(name, "a list of strings", (value) => Array.isArray(value) && value.every(isString));
  }

  object(name: string): ConfigReader | undefined {
    return this.has(name) ? new ConfigReader(this.value(name), this.#at(name)) : undefined;
  }

  /** The part at `index` of a list. */
  part(name: string, index: number): ConfigReader | undefined {
    const list = this.value(name);
    return Array.isArray(list) ? new ConfigReader(list[index], `${this.#at(name)}.${index}`) : undefined;
  }

  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  /** These fields, and what they lack from `others`. */
  over(others: Readonly<Record<string, unknown>>): ConfigReader {
    return new ConfigReader({ ...others, ...this.#fields }, this.#path);
  }

  invalid(name: string, expected: string): InvalidModelConfigJsonError {
    return new InvalidModelConfigJsonError(this.#at(name), expected, this.value(name));
  }

  #typed<Value>(name: string, expected: string, is: (value: unknown) => value is Value): Value | undefined {
    const value = this.value(name);
    if (value === undefined || is(value)) return value;
    throw this.invalid(name, expected);
  }

  #nameOf(name: string): string {
    const names = [name, ...(FIELD_ALIASES[name]?.split(" ") ?? [])];
    return names.find((candidate) => (this.#fields[candidate] ?? null) !== null) ?? name;
  }

  #at(name: string): string {
    const own = this.#nameOf(name);
    return this.#path === "" ? own : `${this.#path}.${own}`;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
