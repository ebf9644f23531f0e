import type { InputOf, Schema } from "@conduit/types";
import type { ObjectStreamEvent, StreamEvent } from "../responses.ts";
import { GrowingValue } from "./growing-value.ts";
import { ReasoningSplitter, type SplitText } from "./reasoning-splitter.ts";

/** Reads one answer while it comes: what the model thinks, and what it says. */
export class AnswerReader<O extends Schema> {
  reasoning = "";
  readonly #splitter = new ReasoningSplitter();
  readonly #value: GrowingValue<O> | undefined;

  /** Without `partials` only the reasoning is told of. */
  constructor(output: O, partials: boolean) {
    this.#value = partials ? new GrowingValue(output) : undefined;
  }

  /** The text of the answer so far, without reasoning. */
  get answer(): string {
    return this.#splitter.answer;
  }

  /** Takes what came and gives the events that a client sees of it. */
  *read(event: Exclude<StreamEvent, { readonly type: "response-finish" }>): Generator<ObjectStreamEvent<O>> {
    if (event.type === "reasoning-delta") yield* this.#tell({ reasoning: event.text, answer: "" });
    else yield* this.#tell(this.#splitter.push(event.text));
  }

  /** Takes the end of the text. */
  *endText(): Generator<ObjectStreamEvent<O>> {
    yield* this.#tell(this.#splitter.end());
  }

  /** Takes the value that the whole answer is. */
  *endValue(written: InputOf<O>): Generator<ObjectStreamEvent<O>> {
    if (this.#value !== undefined) yield* this.#value.end(written);
  }

  *#tell({ reasoning, answer }: SplitText): Generator<ObjectStreamEvent<O>> {
    if (reasoning !== "") {
      this.reasoning += reasoning;
      yield { type: "reasoning-delta", text: reasoning };
    }
    if (this.#value !== undefined) yield* this.#value.push(answer);
  }
}
