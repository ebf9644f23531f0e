import type { Schema } from "@conduit/types";
import { Block, execute, resultIsValid } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import type { Validated } from "../validated.ts";

/** A block that is made of blocks, whose results its parts have validated. Its types are told by the function that makes it. */
export abstract class ComposedBlock<I extends Schema = Schema> extends Block<I> {
  override get [resultIsValid](): boolean {
    return true;
  }

  abstract override get [blockDetails](): BlockDetails;

  protected abstract override forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated>;
}

/** A block that does what another one does, in some other way. */
export abstract class WrappedBlock extends ComposedBlock {
  protected readonly block: Block;

  constructor(kind: string, block: Block) {
    super(block.input, block.output, { name: `${kind}(${block.name})` });
    this.block = block;
  }

  /** Runs the block on data that this one has validated, by the schema that both have. */
  protected runBlock(value: unknown, context: BlockContext, written: unknown): Promise<Validated> {
    return this.block[execute](value, context, { written, value });
  }
}
