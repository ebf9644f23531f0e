import { Block, type BlockContext, NoOp } from "@conduit/blocks";
import type { InputOf, OutputOf, Schema } from "@conduit/types";
import { type LmClient, parseResponse } from "./lm-client.ts";
import type { GenerateRequest, GenerationOptions } from "./requests.ts";

/** What an {@link InferenceBlock} asks a model for; its input is the request's data. */
export interface InferenceBlockOptions<I extends Schema, O extends Schema>
  extends Omit<GenerationOptions, "signal"> {
  readonly model: string;
  readonly input: I;
  readonly output: O;
  /** What to do, in words. */
  readonly guidance?: string | undefined;
  /** What errors and events call the block. Default: `InferenceBlock`. */
  readonly name?: string | undefined;
}

/** A block whose work a model does: typed data in, a value of the output's type out. Made by `LMLiteBlock.block`. */
export class InferenceBlock<I extends Schema, O extends Schema> extends Block<I, O> {
  readonly #client: LmClient;
  readonly #options: InferenceBlockOptions<I, O>;

  constructor(client: LmClient, options: InferenceBlockOptions<I, O>) {
    super(options.input, options.output, { name: options.name });
    this.#client = client;
    this.#options = options;
  }

  protected override async forward(data: OutputOf<I>, context: BlockContext<O>): Promise<InputOf<O>> {
    const given = Object.is(this.input, NoOp) ? {} : { data };
    const request: GenerateRequest<O> = { ...this.#options, ...given, signal: context.signal };
    const response = await this.#client.respondToValue(request);
    context.emit({ type: "usage", usage: response.usage });
    const { written } = await parseResponse(request, response);
    return written;
  }
}
