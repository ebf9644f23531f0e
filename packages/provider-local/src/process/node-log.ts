import { type FileHandle, open } from "node:fs/promises";
import { LineSplitter } from "../line-splitter.ts";
import { systemErrorCode } from "../local-error.ts";
import { sleep } from "../sleep.ts";

const CHUNK_BYTES = 64 * 1024;
const FOLLOW_INTERVAL_MS = 100;

/** The last lines of a log, as one text; empty where there is none. */
export async function readLogTail(path: string, lineCount: number): Promise<string> {
  const lines: string[] = [];
  for await (const line of readLog(path, { tailLines: lineCount, isOver: async () => true }))
    lines.push(line);
  return lines.join("\n");
}

/** Lines of a log; goes on with new ones until `isOver` says that none will come. */
export async function* readLog(
  path: string,
  options: {
    readonly tailLines?: number | undefined;
    readonly isOver: () => Promise<boolean>;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<string> {
  const file = await openIfPresent(path);
  if (file === undefined) return;
  try {
    let offset = options.tailLines === undefined ? 0 : await offsetOfTail(file, options.tailLines);
    const lines = new LineSplitter();
    for (;;) {
      // Asked before the read: what is written between the two is read all the same.
      const over = await options.isOver();
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
        if (bytesRead === 0) break;
        offset += bytesRead;
        yield* lines.push(buffer.subarray(0, bytesRead));
      }
      if (over) break;
      await sleep(FOLLOW_INTERVAL_MS, options.signal);
    }
    yield* lines.end();
  } finally {
    await file.close();
  }
}

/** Where the last `lineCount` lines begin. */
async function offsetOfTail(file: FileHandle, lineCount: number): Promise<number> {
  const { size } = await file.stat();
  if (lineCount <= 0) return size;
  const newline = "\n".charCodeAt(0);
  // The newline that ends the last line is not the beginning of another.
  let end = size - 1;
  let remaining = lineCount;
  while (end > 0) {
    const length = Math.min(CHUNK_BYTES, end);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, end - length);
    for (let index = length - 1; index >= 0; index--) {
      if (buffer[index] === newline && --remaining === 0) return end - length + index + 1;
    }
    end -= length;
  }
  return 0;
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
