import type { OutputOf, Schema } from "@conduit/types";
import type { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { ComposedBlock } from "../composed/composed-block.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import type { Validated } from "../validated.ts";

/**
 * A block that gives what it takes, and lets `look` see it: a step of a pipe that logs, counts or stores. It waits for what `look`
 * returns.
 *
 * @throws what `look` throws.
 *
 * @example
 * ```ts
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * const logged = pipe(tap(SupportsShellCommand, ({ shellCommand }) => console.log(shellCommand)), shell);
 * await logged.run({ shellCommand: "true" }); // prints "true"
 * ```
 */
export function tap<S extends Schema>(
  schema: S,
  look: (data: OutputOf<S>, options: { readonly signal: AbortSignal }) => unknown,
): Block<S, S> {
  return new TapBlock(schema, look as TapFunction) as Block as Block<S, S>;
}

type TapFunction = (data: unknown, options: { readonly signal: AbortSignal }) => unknown;

class TapBlock extends ComposedBlock {
  readonly #look: TapFunction;

  constructor(schema: Schema, look: TapFunction) {
    super(schema, schema, { name: look.name === "" ? "tap" : `tap(${look.name})` });
    this.#look = look;
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "tap" };
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    await this.#look(data, context);
    return { written, value: data };
  }
}
