import type { Block } from "../block.ts";
import { failureInWords, saysFailure } from "../composed/block-failure.ts";
import type { BlockObserver } from "../observe/block-observer.ts";
import type { TokenPrices } from "../observe/token-prices.ts";
import { UsageMeter } from "../observe/usage-meter.ts";
import type { Line } from "./read-lines.ts";
import { type LineHead, toResultLine } from "./result-line.ts";

export interface RunLineOptions {
  readonly signal: AbortSignal;
  readonly prices: TokenPrices | undefined;
  readonly observers: readonly BlockObserver[];
  readonly maxLineBytes: number;
}

/** What became of a line: the line to write, and where. */
export interface LineOutcome {
  readonly head: LineHead;
  readonly outcome: "succeeded" | "failed";
  readonly text: string;
}

/** Runs the block on one line of the input. @throws the signal's reason, and nothing else. */
export async function runLine(
  block: Block,
  { number, bytes }: Line,
  { signal, prices, observers, maxLineBytes }: RunLineOptions,
): Promise<LineOutcome> {
  const meter = new UsageMeter({ prices });
  const input = bytes?.toString("utf8");
  const headNow = (): LineHead => {
    const wasUsed = meter.usage.totalTokens > 0;
    return {
      line: number,
      usage: wasUsed ? meter.usage : undefined,
      costUsd: wasUsed ? meter.costUsd : undefined,
    };
  };
  const failed = (error: object, rest: object): LineOutcome => {
    const head = headNow();
    return { head, outcome: "failed", text: toResultLine(head, { error, ...rest, input }) };
  };
  try {
    if (input === undefined) throw new RangeError(`The line is longer than maxLineBytes, ${maxLineBytes}.`);
    const value: unknown = await block.run(JSON.parse(input), { signal, observers: [meter, ...observers] });
    if (saysFailure(value)) return failed({ message: failureInWords({ type: "result", value }) }, { value });
    const head = headNow();
    return { head, outcome: "succeeded", text: toResultLine(head, { value: value ?? null }) };
  } catch (error) {
    signal.throwIfAborted();
    return failed(inJson(error), {});
  }
}

function inJson(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message } = error;
  return { name, ...("code" in error && typeof error.code === "string" && { code: error.code }), message };
}
