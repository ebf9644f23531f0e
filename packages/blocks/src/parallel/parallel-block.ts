import type { Schema } from "@conduit/types";
import { type Block, execute } from "../block.ts";
import { type BlockContext, contextWith } from "../block-context.ts";
import { ComposedBlock } from "../composed/composed-block.ts";
import { inScope } from "../composed/in-scope.ts";
import { sharedSchema, standingFor } from "../composed/joined-schema.ts";
import { allOf, recordOf } from "../composed/joined-schemas.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { isNoOp, NoOp } from "../no-op.ts";
import type { Validated } from "../validated.ts";

export class ParallelBlock extends ComposedBlock {
  readonly #parts: readonly (readonly [name: string, block: Block])[];
  /** Whether all that take data take them by one schema; otherwise validated data are a record of what each schema made of them. */
  readonly #sharesInput: boolean;

  constructor(parts: Readonly<Record<string, Block>>) {
    const entries = Object.entries(parts);
    const takers = entries.filter(([, block]) => !isNoOp(block.input));
    const inputs = Object.fromEntries(takers.map(([name, { input }]) => [name, input]));
    const outputs = Object.fromEntries(entries.map(([name, { output }]) => [name, output]));
    const names = entries.map(([name, block]) => `${name}: ${block.name}`);
    super(joinedInput(inputs), recordOf(outputs), { name: `parallel(${names.join(", ")})` });
    this.#parts = entries;
    this.#sharesInput = sharedSchema(Object.values(inputs)) !== undefined;
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "parallel", parts: this.#parts.map(([label, block]) => ({ label, block })) };
  }

  protected override forward(data: unknown, context: BlockContext, written: unknown): Promise<Validated> {
    return inScope(context, async (scope, abort) => {
      const partials = new Map<string, unknown>();
      const running = this.#parts.map(async ([name, block]) => {
        const emit = (event: Parameters<BlockContext["emit"]>[0]): void => {
          if (event.type === "partial") {
            partials.set(name, event.value);
            scope.emit({ type: "partial", value: Object.fromEntries(partials) });
          } else {
            scope.emit(event);
          }
        };
        const given = isNoOp(block.input)
          ? { written: {}, value: {} }
          : { written, value: this.#dataOf(name, data) };
        return [name, await block[execute](given.written, contextWith(scope, { emit }), given)] as const;
      });
      try {
        const results = await Promise.all(running);
        return {
          written: Object.fromEntries(results.map(([name, result]) => [name, result.written])),
          value: Object.fromEntries(results.map(([name, result]) => [name, result.value])),
        };
      } catch (error) {
        abort(error);
        throw error;
      }
    });
  }

  #dataOf(name: string, data: unknown): unknown {
    return this.#sharesInput ? data : (data as Record<string, unknown>)[name];
  }
}

function joinedInput(inputs: Readonly<Record<string, Schema>>): Schema {
  const schemas = Object.values(inputs);
  if (schemas.length === 0) return NoOp;
  const shared = sharedSchema(schemas);
  return shared === undefined ? allOf(inputs) : standingFor(shared);
}
