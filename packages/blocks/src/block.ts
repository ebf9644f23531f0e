import {
  type BlockEvent,
  type CompiledSchema,
  compileSchema,
  type InputOf,
  type OutputOf,
  type Schema,
  type SchemaCheck,
} from "@conduit/types";
import { type BlockContext, contextWith, QuietContext } from "./block-context.ts";
import { type BlockDetails, blockDetails } from "./describe/block-details.ts";
import type { EmittedEvent } from "./emitted-event.ts";
import { EventStream } from "./event-stream.ts";
import { isNoOp } from "./no-op.ts";
import type { BlockObserver } from "./observe/block-observer.ts";
import { processObservers } from "./observe/observe-blocks.ts";
import { WatchedRun } from "./observe/watched-run.ts";
import { type RunArguments, splitArguments } from "./run-arguments.ts";
import { SchemaMismatchError, type SchemaSide } from "./schema-mismatch-error.ts";
import { untilAborted } from "./until-aborted.ts";
import type { Validated } from "./validated.ts";

/** Runs a block as a part of another one: in its context, and with no second check of data that is known to be valid. */
export const execute = Symbol.for("@conduit/blocks/execute");

/** Whether what `forward` gives is {@link Validated} already, as with blocks that are made of blocks. */
export const resultIsValid = Symbol.for("@conduit/blocks/resultIsValid");

/** Whether a block takes its data and gives its results as they are, so that a check of either is a plain yes or no. */
export const isPlain = Symbol.for("@conduit/blocks/isPlain");

/** Holds data of a plain block to one of its schemas. */
export const requireMatch = Symbol.for("@conduit/blocks/requireMatch");

/** The work of a plain block alone. */
export const work = Symbol.for("@conduit/blocks/work");

/** What `run` is for a plain block where nothing but data was given, and nobody watches. */
export const runPlainly = Symbol.for("@conduit/blocks/runPlainly");

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
  readonly #takesNoData: boolean;
  readonly #checksPlainly: boolean;

  /** @throws {@link InvalidSchemaError} when `input` or `output` is not a schema. */
  constructor(input: I, output: O, options: BlockOptions = {}) {
    this.name = options.name ?? new.target.name;
    this.input = input;
    this.output = output;
    this.#input = compileSchema(input);
    this.#output = compileSchema(output);
    this.#takesNoData = isNoOp(input);
    this.#checksPlainly = this.#input.matches !== undefined && this.#output.matches !== undefined;
  }

  /**
   * Runs the block on `data`; a block whose input is {@link NoOp} takes no data.
   *
   * @throws {@link SchemaMismatchError} when `data` does not match `input`, or the result does not match `output`.
   * @throws the signal's reason, as soon as it fires.
   */
  run(...args: RunArguments<I>): Promise<OutputOf<O>> {
    const isDataAlone = args.length === 1 && !this.#takesNoData;
    if (isDataAlone && this[isPlain] && processObservers() === undefined) return this[runPlainly](args[0]);
    return this.#run(args);
  }

  /**
   * Runs the block and tells how it goes: exactly one `result` comes last, or the stream throws what `run` would.
   *
   * The work starts with the first read. Leaving the loop early aborts it.
   */
  stream(...args: RunArguments<I>): AsyncIterableIterator<BlockEvent<O>, undefined> {
    const [data, { signal: outerSignal, observers }] = splitArguments(this.#takesNoData, args);
    return new EventStream<BlockEvent<O>>(async (emit, signal) => {
      const context = { signal, readsPartials: true, emit: (event: EmittedEvent<O>) => emit(event) };
      const { value } = await this.#start(data, context, observers);
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
  [execute](data: unknown, context: BlockContext<O>, validated?: Validated<I>): Promise<Validated<O>> {
    if (context.watched === undefined) return this.#perform(data, context, validated);
    const part = context.watched.part({ block: this, data });
    return this.#watch(part, context, (inner) => this.#perform(data, inner, validated));
  }

  /** @internal */
  get [resultIsValid](): boolean {
    return false;
  }

  /** What {@link describe} says of the block besides its name and schemas; a subclass may say more. */
  get [blockDetails](): BlockDetails {
    return { kind: "block" };
  }

  /** @internal */
  get [isPlain](): boolean {
    return this.#checksPlainly;
  }

  /** @internal */
  [requireMatch](side: SchemaSide, value: unknown): void {
    const schema: CompiledSchema = side === "input" ? this.#input : this.#output;
    if (schema.matches?.(value) === true) return;
    const check = schema.check(value);
    if (!(check instanceof Promise)) this.#accept(side, value, check);
  }

  /** @internal */
  [work](data: OutputOf<I>, context: BlockContext<O>, written: InputOf<I>): Promise<InputOf<O>> {
    return this.forward(data, context, written);
  }

  /** @internal */
  async [runPlainly](data: unknown): Promise<OutputOf<O>> {
    if (this.#input.matches?.(data) !== true) this[requireMatch]("input", data);
    const valid = data as OutputOf<I> & InputOf<I>;
    const result = await this.forward(valid, new QuietContext(undefined), valid);
    if (this[resultIsValid]) return (result as Validated<O>).value;
    if (this.#output.matches?.(result) !== true) this[requireMatch]("output", result);
    return result as OutputOf<O>;
  }

  async #run(args: readonly unknown[]): Promise<OutputOf<O>> {
    const [data, { signal, observers }] = splitArguments(this.#takesNoData, args);
    const { value } = await this.#start(data, new QuietContext(signal), observers);
    return value;
  }

  #start(
    data: unknown,
    context: BlockContext<O>,
    observers: readonly BlockObserver[] = [],
  ): Promise<Validated<O>> {
    const all = [...(processObservers() ?? []), ...observers];
    if (all.length === 0) return untilAborted(context, () => this.#perform(data, context));
    const watched = WatchedRun.start(all, { block: this, data });
    return this.#watch(watched, context, (inner) => untilAborted(inner, () => this.#perform(data, inner)));
  }

  #watch(
    watched: WatchedRun,
    context: BlockContext<O>,
    perform: (inner: BlockContext<O>) => Promise<Validated<O>>,
  ): Promise<Validated<O>> {
    const { emit } = context;
    const inner = contextWith(context, {
      watched,
      emit(event) {
        watched.event(event);
        emit(event);
      },
    });
    return watched.over(
      () => perform(inner),
      ({ value }) => value,
      context.signal,
    );
  }

  async #perform(data: unknown, context: BlockContext<O>, validated?: Validated<I>): Promise<Validated<O>> {
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

  #accept<S extends Schema>(
    side: SchemaSide,
    written: unknown,
    check: SchemaCheck<OutputOf<S>>,
  ): Validated<S> {
    if (check.valid) return { written: written as InputOf<S>, value: check.value };
    throw new SchemaMismatchError({ block: this.name, side, issues: check.issues, value: written });
  }
}
