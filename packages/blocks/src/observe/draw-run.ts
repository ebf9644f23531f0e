import { addUsage, NO_USAGE } from "@conduit/types";
import { failureInWords, saysFailure } from "../composed/block-failure.ts";
import type { EmittedEvent } from "../emitted-event.ts";
import type { BlockOutcome } from "./block-observer.ts";

/** Parts that are drawn of one block; a `map` may have thousands. */
const DRAWN_PARTS = 20;

/** What is remembered of one run of a block. */
export class RecordedRun {
  readonly name: string;
  readonly parts: RecordedRun[] = [];
  usage = NO_USAGE;
  leftOut = 0;
  outcome: BlockOutcome | undefined;
  durationMs = 0;
  readonly #startMs = performance.now();

  constructor(name: string) {
    this.name = name;
  }

  part(name: string): RecordedRun {
    const part = new RecordedRun(name);
    if (this.parts.length < DRAWN_PARTS) this.parts.push(part);
    else this.leftOut++;
    return part;
  }

  event(event: EmittedEvent): void {
    if (event.type === "usage") this.usage = addUsage(this.usage, event.usage);
  }

  end(outcome: BlockOutcome): void {
    this.outcome = outcome;
    this.durationMs = performance.now() - this.#startMs;
  }
}

/** A run as lines of a tree. */
export function drawRun(run: RecordedRun): string[] {
  const head = [run.name, durationOf(run.durationMs), ...tokensOf(run), ...failureOf(run.outcome)].join("  ");
  const children = run.parts.map(drawRun);
  if (run.leftOut > 0) children.push([`and ${run.leftOut} more`]);
  return [
    head,
    ...children.flatMap((lines, index) => {
      const isLast = index === children.length - 1;
      return lines.map(
        (line, row) => `${row === 0 ? (isLast ? "└─ " : "├─ ") : isLast ? "   " : "│  "}${line}`,
      );
    }),
  ];
}

function durationOf(durationMs: number): string {
  if (durationMs < 10) return `${durationMs.toFixed(1)} ms`;
  return durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1_000).toFixed(2)} s`;
}

function tokensOf({ usage }: RecordedRun): string[] {
  const { inputTokens, outputTokens, totalTokens } = usage;
  return totalTokens === 0 ? [] : [`${inputTokens} + ${outputTokens} tokens`];
}

function failureOf(outcome: BlockOutcome | undefined): string[] {
  if (outcome?.type === "abort") return ["aborted"];
  if (outcome?.type === "result") {
    return saysFailure(outcome.value) ? [`failed: ${firstLineOf(failureInWords(outcome))}`] : [];
  }
  if (outcome === undefined) return [];
  const { error } = outcome;
  return [firstLineOf(error instanceof Error ? `${error.name}: ${error.message}` : String(error))];
}

function firstLineOf(text: string): string {
  return text.split("\n")[0] ?? "";
}
