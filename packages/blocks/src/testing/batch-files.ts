import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Type } from "typebox";
import type { BatchOptions } from "../index.ts";
import { TestBlock } from "./blocks.ts";

/** Folder of a test file, which goes with it. */
export const root = mkdtempSync(join(tmpdir(), "conduit-batch-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

export const Item = Type.Object({ id: Type.Integer() });
export const usage = { inputTokens: 2, outputTokens: 1, totalTokens: 3 };
const prices = { m: { inputUsdPerMillion: 100_000, outputUsdPerMillion: 300_000 } };

/** Fails where the number is negative, and else takes tokens. */
export function counting() {
  const ran: number[] = [];
  const block = new TestBlock(Item, Item, ({ id }, { emit }) => {
    ran.push(id);
    if (id < 0) throw new RangeError(`${id} is negative`);
    emit({ type: "usage", usage, model: "m" });
    return { id };
  });
  return { block, ran };
}

/** A folder with an input of these lines. */
export function files(text: string) {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  const input = join(folder, "input.jsonl");
  const output = join(folder, "output.jsonl");
  writeFileSync(input, text);
  const options: BatchOptions = { input, output, progress: "none", concurrency: 3, prices };
  return { input, output, failures: `${output}.failures`, options };
}

/** The lines of a file that are not empty, as JSON. */
export const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** An input with these numbers. */
export const ids = (...numbers: number[]): string => numbers.map((id) => `{"id":${id}}\n`).join("");
