import type { JsonValue, Schema } from "@conduit/types";

/** What a block says of itself; see {@link describe}. */
export const blockDetails = Symbol.for("@conduit/blocks/blockDetails");

/** A block, as those see it who do not run it. */
export interface DescribedBlock {
  readonly name: string;
  readonly input: Schema;
  readonly output: Schema;
  readonly [blockDetails]: BlockDetails;
}

/** A block within another one. */
export interface BlockPart {
  readonly block: DescribedBlock;
  /** What the whole calls this part, where it has a name for it. */
  readonly label?: string;
}

/** What a block says of itself besides its name and schemas. */
export interface BlockDetails {
  /** What sort of block it is: `block`, `pipe`, `inference` and so on. */
  readonly kind: string;
  /** The blocks that it is made of, in their order. */
  readonly parts?: readonly BlockPart[];
  /** What decides what it does, as far as JSON can say. Never a secret. */
  readonly settings?: { readonly [name: string]: JsonValue };
  /**
   * What else decides what it does, such as an endpoint with its headers. It may be secret, and is shown to nobody: {@link cache} tells
   * blocks apart by it.
   */
  readonly identity?: string;
}
