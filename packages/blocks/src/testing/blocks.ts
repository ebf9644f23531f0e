import type { InputOf, OutputOf, Schema } from "@conduit/types";
import { Type } from "typebox";
import { Block, type BlockContext, type BlockOptions, NoOp } from "../index.ts";

/** A block of a plain function. */
export class TestBlock<I extends Schema, O extends Schema> extends Block<I, O> {
  readonly #work: (data: OutputOf<I>, context: BlockContext<O>) => Promise<InputOf<O>> | InputOf<O>;

  constructor(
    input: I,
    output: O,
    work: (data: OutputOf<I>, context: BlockContext<O>) => Promise<InputOf<O>> | InputOf<O>,
    options?: BlockOptions,
  ) {
    super(input, output, options);
    this.#work = work;
  }

  protected override async forward(data: OutputOf<I>, context: BlockContext<O>): Promise<InputOf<O>> {
    return this.#work(data, context);
  }
}

export const Text = Type.Object({ text: Type.String() });
export const Count = Type.Object({ count: Type.Integer({ minimum: 0 }) });

export const countLetters = new TestBlock(Text, Count, ({ text }) => ({ count: text.length }), {
  name: "CountLetters",
});

export const repeat = new TestBlock(Count, Text, ({ count }) => ({ text: "a".repeat(count) }), {
  name: "Repeat",
});

export const constant = new TestBlock(NoOp, Text, () => ({ text: "constant" }), { name: "Constant" });

/** Never ends by itself and does not look at the signal, but tells of it. */
export function deaf(): TestBlock<typeof Text, typeof Count> & { readonly aborted: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const block = new TestBlock(Text, Count, (_data, { signal }) => {
    signal.addEventListener("abort", () => resolve(signal.reason));
    return new Promise<never>(() => {});
  });
  return Object.assign(block, { aborted: promise });
}
