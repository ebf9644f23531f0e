import { type Context, context, type Tracer, trace } from "@opentelemetry/api";
import type { BlockObserver, BlockStart, BlockWatch } from "../observe/block-observer.ts";
import { BlockSpan } from "./block-span.ts";

/** How blocks become spans. */
export interface OpenTelemetryOptions {
  /** Makes the spans. Default: the global one for `@conduit/blocks`, which does nothing until a program sets OpenTelemetry up. */
  readonly tracer?: Tracer | undefined;
  /**
   * Whether spans hold data, results and messages of errors, all of which may be private. Default `false`: only their schemas, sizes
   * and kinds.
   */
  readonly content?: boolean | undefined;
}

/**
 * Gives each run of a block a span, within that of the block whose part it is, or within the active one; what the block does by
 * itself, such as requests, lies within its own.
 *
 * Attributes: `conduit.block.name` and `.kind`, `conduit.input.schema` and `.bytes` (as JSON), the same of the output,
 * `conduit.outcome` (`result`, `failure` where the result's `success` is `false`, `error`, `abort`), `conduit.usage.input_tokens` and
 * `.output_tokens` of the block with its parts. A block that uses a model itself also has `gen_ai.request.model`,
 * `gen_ai.usage.input_tokens` and `.output_tokens`, so that these can be added up.
 *
 * @example
 * ```ts
 * const observation = observeBlocks(openTelemetryObserver());
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * await shell.run({ shellCommand: "true" }); // a span "SystemCommandBlock"
 * observation[Symbol.dispose]();
 * ```
 */
export function openTelemetryObserver({ tracer, content = false }: OpenTelemetryOptions = {}): BlockObserver {
  const watch = (start: BlockStart, parent: Context): BlockWatch => {
    const makesSpans = tracer ?? trace.getTracer("@conduit/blocks");
    const span = new BlockSpan(makesSpans.startSpan(start.block.name, {}, parent), content, start);
    const inner = trace.setSpan(parent, span.span);
    return {
      part(part) {
        span.hasParts = true;
        return watch(part, inner);
      },
      event: (event) => span.event(event),
      around: (work) => context.with(inner, work),
      end: (outcome) => span.end(outcome),
    };
  };
  return { start: (start) => watch(start, context.active()) };
}
