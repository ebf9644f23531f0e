import type { Schema } from "@conduit/types";
import type { ConstraintRefusal } from "../wire/constraint-refusal.ts";

/** Time in milliseconds after which a refusal is put to the test again: endpoints get updates while programs run. */
const REMEMBERED_MS = 3_600_000;

/** Remembers what an endpoint would not hold answers to. */
export class ConstraintMemory {
  readonly #now: () => number;
  /** Until when a model is asked without any schema. */
  readonly #formats = new Map<string, number>();
  /** Until when a model is asked without one schema. */
  readonly #schemas = new Map<string, WeakMap<Schema, number>>();

  /** `now` gives the time in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  refuses(model: string, schema: Schema): boolean {
    const until = Math.max(
      this.#formats.get(model) ?? Number.NEGATIVE_INFINITY,
      this.#schemas.get(model)?.get(schema) ?? Number.NEGATIVE_INFINITY,
    );
    return this.#now() < until;
  }

  remember(refusal: ConstraintRefusal, model: string, schema: Schema): void {
    const until = this.#now() + REMEMBERED_MS;
    if (refusal === "format") {
      this.#formats.set(model, until);
      return;
    }
    const schemas = this.#schemas.get(model) ?? new WeakMap<Schema, number>();
    this.#schemas.set(model, schemas.set(schema, until));
  }
}
