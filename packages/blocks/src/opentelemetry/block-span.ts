import { addUsage, NO_USAGE } from "@conduit/types";
import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { saysFailure } from "../composed/block-failure.ts";
import { blockDetails } from "../describe/block-details.ts";
import { schemaName } from "../describe/schema-name.ts";
import type { EmittedEvent } from "../emitted-event.ts";
import type { BlockOutcome, BlockStart } from "../observe/block-observer.ts";

/** The span of one run of a block. */
export class BlockSpan {
  readonly span: Span;
  /** Whether other blocks run within it, whose spans have the usage too. */
  hasParts = false;
  readonly #content: boolean;
  #usage = NO_USAGE;
  #model: string | undefined;

  constructor(span: Span, content: boolean, { block, data }: BlockStart) {
    this.span = span;
    this.#content = content;
    if (!span.isRecording()) return;
    const { kind, settings } = block[blockDetails];
    if (typeof settings?.model === "string") this.#model = settings.model;
    span.setAttributes({
      "conduit.block.name": block.name,
      "conduit.block.kind": kind,
      "conduit.input.schema": schemaName(block.input),
      "conduit.output.schema": schemaName(block.output),
    });
    this.#describe("input", data);
  }

  event(event: EmittedEvent): void {
    if (event.type !== "usage") return;
    this.#usage = addUsage(this.#usage, event.usage);
    this.#model = event.model ?? this.#model;
  }

  end(outcome: BlockOutcome): void {
    const { span } = this;
    if (span.isRecording()) {
      this.#tellUsage();
      if (outcome.type === "result") this.#describe("output", outcome.value);
      const isFailure = outcome.type === "result" && saysFailure(outcome.value);
      span.setAttribute("conduit.outcome", isFailure ? "failure" : outcome.type);
      if (outcome.type === "error") this.#tellError(outcome.error);
    }
    span.end();
  }

  #tellUsage(): void {
    const { inputTokens, outputTokens, totalTokens } = this.#usage;
    if (totalTokens > 0) {
      this.span.setAttributes({
        "conduit.usage.input_tokens": inputTokens,
        "conduit.usage.output_tokens": outputTokens,
      });
    }
    if (this.hasParts || this.#model === undefined) return;
    this.span.setAttributes({
      "gen_ai.request.model": this.#model,
      "gen_ai.usage.input_tokens": inputTokens,
      "gen_ai.usage.output_tokens": outputTokens,
    });
  }

  #tellError(error: unknown): void {
    const isError = error instanceof Error;
    const code = isError && "code" in error && typeof error.code === "string" ? error.code : undefined;
    this.span.setAttribute("error.type", code ?? (isError ? error.name : typeof error));
    const message = this.#content ? { message: isError ? error.message : String(error) } : {};
    this.span.setStatus({ code: SpanStatusCode.ERROR, ...message });
    if (this.#content && isError) this.span.recordException(error);
  }

  #describe(side: "input" | "output", value: unknown): void {
    const json = jsonOf(value);
    if (json === undefined) return;
    this.span.setAttribute(`conduit.${side}.bytes`, Buffer.byteLength(json));
    if (this.#content) this.span.setAttribute(`conduit.${side}`, json);
  }
}

/** JSON of a value, or `undefined` where it has none. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
