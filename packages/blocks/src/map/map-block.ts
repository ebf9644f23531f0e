import { type Block, execute } from "../block.ts";
import { type BlockContext, withoutPartials } from "../block-context.ts";
import { ComposedBlock } from "../composed/composed-block.ts";
import { inScope } from "../composed/in-scope.ts";
import { arrayOf } from "../composed/joined-schemas.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { requireCount } from "../option-checks.ts";
import type { RunOptions } from "../run-arguments.ts";
import type { Validated } from "../validated.ts";
import { inOrder } from "./in-order.ts";
import type { MapOptions } from "./map-options.ts";

export class MapBlock extends ComposedBlock {
  readonly #block: Block;
  readonly #concurrency: number;

  constructor(block: Block, { concurrency = 8 }: MapOptions) {
    super(arrayOf(block.input), arrayOf(block.output), { name: `map(${block.name})` });
    this.#block = block;
    this.#concurrency = requireCount("map", "concurrency", concurrency, 1);
  }

  override get [blockDetails](): BlockDetails {
    const settings = { concurrency: this.#concurrency };
    return { kind: "map", parts: [{ block: this.#block }], settings };
  }

  over(
    source: AsyncIterable<unknown> | Iterable<unknown>,
    { signal, ...options }: RunOptions = {},
  ): AsyncGenerator<unknown, void, undefined> {
    return inOrder(source, {
      concurrency: this.#concurrency,
      signal,
      work: (item, signal) => this.#block.run(item, { ...options, signal }),
    });
  }

  protected override forward(data: unknown, context: BlockContext, written: unknown): Promise<Validated> {
    const values = data as readonly unknown[];
    const writings = written as readonly unknown[];
    return inScope(context, async (scope, abort) => {
      const itemContext = withoutPartials(scope);
      const results: Validated[] = [];
      let begun = 0;
      let done = 0;
      const worker = async (): Promise<void> => {
        while (begun < values.length) {
          scope.signal.throwIfAborted();
          const index = begun++;
          const item = { written: writings[index], value: values[index] };
          results[index] = await this.#block[execute](item.written, itemContext, item);
          done++;
          const message = `${done} of ${values.length} done`;
          scope.emit({ type: "progress", message, fraction: done / values.length });
        }
      };
      try {
        await Promise.all(Array.from({ length: Math.min(this.#concurrency, values.length) }, worker));
      } catch (error) {
        abort(error);
        throw error;
      }
      return { written: results.map(({ written }) => written), value: results.map(({ value }) => value) };
    });
  }
}
