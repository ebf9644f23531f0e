import type { Usage } from "@conduit/types";

/** What every line of an output or failure file begins with. */
export interface LineHead {
  readonly line: number;
  readonly usage: Usage | undefined;
  readonly costUsd: number | undefined;
}

/** Bytes of a line that its head is looked for in. */
export const HEAD_BYTES = 512;

const head = /^\{"line":(\d+),(?:"usage":(\{[^{}]*\}),)?(?:"costUsd":([-+.\de]+),)?"(?:value|error)":/;

/** Makes a line; the head comes first, so that it can be read without the rest. */
export function toResultLine({ line, usage, costUsd }: LineHead, rest: object): string {
  return `${JSON.stringify({ line, ...(usage !== undefined && { usage }), ...(costUsd !== undefined && { costUsd }), ...rest })}\n`;
}

/** The head of a line, or `undefined` where no batch wrote it. */
export function parseHead(text: string): LineHead | undefined {
  const match = head.exec(text);
  if (match === null) return undefined;
  const [, line, usage, costUsd] = match;
  return {
    line: Number(line),
    usage: usage === undefined ? undefined : (JSON.parse(usage) as Usage),
    costUsd: costUsd === undefined ? undefined : Number(costUsd),
  };
}
