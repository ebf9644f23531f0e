import { Block, type BlockContext, type BlockDetails, blockDetails, NoOp } from "@conduit/blocks";
import {
  addUsage,
  compileSchema,
  type InputOf,
  NO_USAGE,
  type OutputOf,
  type Schema,
  subtractUsage,
  type Usage,
} from "@conduit/types";
import { paidUsage } from "./errors/paid.ts";
import type { LmClient } from "./lm-client.ts";
import type { GenerateRequest, GenerationOptions } from "./requests.ts";
import type { ObjectStreamEvent } from "./responses.ts";

/** What an {@link InferenceBlock} asks a model for; its input is the request's data. */
export interface InferenceBlockOptions<I extends Schema, O extends Schema>
  extends Omit<GenerationOptions, "signal"> {
  readonly model: string;
  readonly input: I;
  readonly output: O;
  /** What to do, in words. */
  readonly guidance?: string | undefined;
  /** How often the model is asked again, with the error, after an answer that is not of the type. Default 2. */
  readonly maxRetries?: number | undefined;
  /** What errors and events call the block. Default: `InferenceBlock`. */
  readonly name?: string | undefined;
}

/** A block whose work a model does: typed data in, a value of the output's type out. Made by `LMLiteBlock.block`. */
export class InferenceBlock<I extends Schema, O extends Schema> extends Block<I, O> {
  readonly #client: LmClient;
  readonly #options: InferenceBlockOptions<I, O>;

  /** @throws {@link InvalidSchemaError} when nothing can be checked against `input` or `output`. */
  constructor(client: LmClient, options: InferenceBlockOptions<I, O>) {
    super(options.input, options.output, { name: options.name });
    // Not in the middle of a pipe, when the steps before have been paid for.
    for (const schema of [options.input, options.output]) compileSchema(schema).compile();
    this.#client = client;
    this.#options = options;
  }

  protected override async forward(
    _data: OutputOf<I>,
    context: BlockContext<O>,
    written: InputOf<I>,
  ): Promise<InputOf<O>> {
    // The model is told the type that data are written in.
    const given = Object.is(this.input, NoOp) ? {} : { data: written };
    const request: GenerateRequest<O> = { ...this.#options, ...given, signal: context.signal };
    // Told try by try: a caller that aborts the next one knows what those before it took.
    let told = NO_USAGE;
    const tellUsage = (usage: Usage): void => {
      if (usage.totalTokens > 0) context.emit({ type: "usage", usage, model: request.model });
      told = addUsage(told, usage);
    };
    try {
      for await (const event of this.#client.streamValue(request, { partials: context.readsPartials })) {
        if (event.type === "try-fail") tellUsage(event.usage);
        if (event.type === "response-finish") {
          tellUsage(subtractUsage(event.response.usage, told));
          return event.response.written;
        }
        tell(event, context);
      }
    } catch (error) {
      tellUsage(subtractUsage(paidUsage(error) ?? told, told));
      throw error;
    }
    throw new TypeError("A stream of events ended without a response.");
  }

  override get [blockDetails](): BlockDetails {
    const { input: _input, output: _output, ...settings } = this.#options;
    return { kind: "inference", settings: JSON.parse(JSON.stringify(settings)) };
  }
}

function tell<O extends Schema>(event: ObjectStreamEvent<O>, context: BlockContext<O>): void {
  switch (event.type) {
    case "value-update":
      context.emit({ type: "partial", value: event.value });
      break;
    case "try-fail": {
      const { path, expected, found } = event.error;
      const place = path === "" ? "the top level" : path;
      context.emit({
        type: "progress",
        message: `asking again: at ${place}, expected ${expected}, found ${found}`,
      });
      break;
    }
    case "reasoning-delta":
    case "response-finish":
      break;
  }
}
