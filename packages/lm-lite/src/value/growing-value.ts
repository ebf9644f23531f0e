import { isDeepStrictEqual } from "node:util";
import { type PartialDelta, PartialParser } from "@conduit/mdl";
import type { DeepPartial, InputOf, Schema } from "@conduit/types";
import type { ObjectStreamEvent } from "../responses.ts";
import { PartialSnapshot } from "./partial-snapshot.ts";

/** Turns the text of one answer into the events of its growing value. */
export class GrowingValue<O extends Schema> {
  readonly #parser: PartialParser<O>;
  readonly #snapshot = new PartialSnapshot();
  /** Deltas that no event has told yet. */
  #untold: readonly PartialDelta[] = [];

  constructor(schema: O) {
    this.#parser = new PartialParser(schema);
  }

  /** Takes more text. */
  *push(text: string): Generator<ObjectStreamEvent<O>> {
    if (text !== "") yield* this.#change(this.#parser.push(text));
  }

  /** Ends with the value that the whole answer was parsed to, should the growing one have come to another. */
  *end(written: InputOf<O>): Generator<ObjectStreamEvent<O>> {
    if (isDeepStrictEqual(this.#snapshot.value, written)) return;
    yield* this.#change([{ op: "set", path: "", value: written }]);
  }

  *#change(deltas: readonly PartialDelta[]): Generator<ObjectStreamEvent<O>> {
    if (deltas.length === 0) return;
    this.#snapshot.apply(deltas);
    this.#untold = [...this.#untold, ...deltas];
    // What was taken for the value and then was not is told of with what takes its place.
    if (this.#snapshot.value === undefined) return;
    const value = this.#snapshot.value as DeepPartial<InputOf<O>>;
    yield { type: "value-update", value, deltas: this.#untold };
    this.#untold = [];
  }
}
