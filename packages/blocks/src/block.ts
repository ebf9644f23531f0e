import {
  type BlockEvent,
  type CompiledSchema,
  compileSchema,
  type InputOf,
  type OutputOf,
  type Schema,
  type SchemaCheck,
} from "@conduit/types";
import { type BlockContext, type EmittedEvent, RunContext } from "./block-context.ts";
import { EventStream } from "./event-stream.ts";
import { type RunArguments, splitArguments } from "./run-arguments.ts";
import { SchemaMismatchError, type SchemaSide } from "./schema-mismatch-error.ts";
import { untilAborted } from "./until-aborted.ts";
import type { Validated } from "./validated.ts";

/** Runs a block as a part of another one: in its context, and with no second check of data that is known to be valid. */
export const execute = Symbol.for("@conduit/blocks/execute");

/** Whether what `forward` gives is {@link Validated} already, as with blocks that are made of blocks. */
export const resultIsValid = Symbol.for("@conduit/blocks/resultIsValid");

/** Options of every block. */
export interface BlockOptions {
  /** What errors and events call the block. Default: the name of its class. */
  readonly name?: string | undefined;
}

/**
 * A typed unit of work: data that matches `input` becomes a result that matches `output`.
 *
 * A subclass writes `forward`; `run` and `stream` validate on both sides of it.
 *
 * @example
 * ```ts
 * const Text = Type.Object({ text: Type.String() });
 * const Count = Type.Object({ words: Type.Integer() });
 *
 * class WordCountBlock extends Block<typeof Text, typeof Count> {
 *   constructor() {
 *     super(Text, Count);
 *   }
 *
 *   protected override async forward({ text }: { text: string }) {
 *     return { words: text.split(/\s+/).filter(Boolean).length };
 *   }
 * }
 *
 * const { words } = await new WordCountBlock().run({ text: "to be or not to be" });
 * console.log(words); // 6
 * ```
 */
export abstract class Block<I extends Schema = Schema, O extends Schema = Schema> {
  readonly name: string;
  readonly input: I;
  readonly output: O;
  readonly #input: CompiledSchema<I>;
  readonly #output: CompiledSchema<O>;

  /** @throws {@link InvalidSchemaError} when `input` or `output` is not a schema. */
  constructor(input: I, output: O, options: BlockOptions = {}) {
    this.name = options.name ?? new.target.name;
    this.input = input;
    this.output = output;
    this.#input = compileSchema(input);
    this.#output = compileSchema(output);
  }

  /**
   * Runs the block on `data`; a block whose input is {@link NoOp} takes no data.
   *
   * @throws {@link SchemaMismatchError} when `data` does not match `input`, or the result does not match `output`.
   * @throws the signal's reason, as soon as it fires.
   */
  async run(...args: RunArguments<I>): Promise<OutputOf<O>> {
    const [data, { signal }] = splitArguments(this.input, args);
    const context = new RunContext(signal);
    const { value } = await (signal === undefined
      ? this[execute](data, context)
      : untilAborted(signal, () => this[execute](data, context)));
    return value;
  }

  /**
   * Runs the block and tells how it goes: exactly one `result` comes last, or the stream throws what `run` would.
   *
   * The work starts with the first read. Leaving the loop early aborts it.
   */
  stream(...args: RunArguments<I>): AsyncIterableIterator<BlockEvent<O>, undefined> {
    const [data, { signal: outerSignal }] = splitArguments(this.input, args);
    return new EventStream<BlockEvent<O>>(async (emit, signal) => {
      const context: BlockContext<O> = {
        signal,
        readsPartials: true,
        emit: (event: EmittedEvent<O>) => emit(event),
      };
      const { value } = await untilAborted(signal, () => this[execute](data, context));
      return { type: "result", value };
    }, outerSignal);
  }

  /**
   * The work itself, on validated data. What it returns is validated after it. Failures that the outside world is expected to
   * have are part of the result; what it throws goes to the caller as it is. `written` is the data as the caller wrote it, which
   * differs from `data` where the input schema transforms.
   */
  protected abstract forward(
    data: OutputOf<I>,
    context: BlockContext<O>,
    written: InputOf<I>,
  ): Promise<InputOf<O>>;

  /** @internal */
  async [execute](data: unknown, context: BlockContext<O>, validated?: Validated<I>): Promise<Validated<O>> {
    let input = validated;
    if (input === undefined) {
      const check = this.#input.check(data);
      input = this.#accept("input", data, check instanceof Promise ? await check : check);
    }
    const result = await this.forward(input.value, context, input.written);
    if (this[resultIsValid]) return result as unknown as Validated<O>;
    const check = this.#output.check(result);
    return this.#accept("output", result, check instanceof Promise ? await check : check);
  }

  /** @internal */
  get [resultIsValid](): boolean {
    return false;
  }

  #accept<S extends Schema>(
    side: SchemaSide,
    written: unknown,
    check: SchemaCheck<OutputOf<S>>,
  ): Validated<S> {
    if (check.valid) return { written: written as InputOf<S>, value: check.value };
    throw new SchemaMismatchError({ block: this.name, side, issues: check.issues, value: written });
  }
}
