import type { InputOf, OutputOf, Schema } from "@conduit/types";
import { Block, type BlockOptions } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { identityOf } from "../describe/identity.ts";

/** The work of a {@link FunctionBlock}. */
export type BlockFunction<I extends Schema, O extends Schema> = (
  data: OutputOf<I>,
  context: BlockContext<O>,
) => InputOf<O> | Promise<InputOf<O>>;

/**
 * A plain function as a block, with its data validated before and its result after. What it throws goes through as it is.
 *
 * The block takes its name from the function, unless that has none.
 *
 * @example
 * ```ts
 * const Text = Type.Object({ text: Type.String() });
 * const Count = Type.Object({ words: Type.Integer() });
 *
 * const countWords = new FunctionBlock(Text, Count, ({ text }) => ({ words: text.split(/\s+/).filter(Boolean).length }));
 * console.log(await countWords.run({ text: "to be or not to be" })); // { words: 6 }
 * ```
 */
export class FunctionBlock<I extends Schema, O extends Schema> extends Block<I, O> {
  readonly #work: BlockFunction<I, O>;

  constructor(input: I, output: O, work: BlockFunction<I, O>, options: BlockOptions = {}) {
    super(input, output, { ...options, name: options.name ?? (work.name || undefined) });
    this.#work = work;
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "function", identity: identityOf(this.#work) };
  }

  protected override async forward(data: OutputOf<I>, context: BlockContext<O>): Promise<InputOf<O>> {
    return this.#work(data, context);
  }
}
