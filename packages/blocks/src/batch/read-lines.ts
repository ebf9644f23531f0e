import { createReadStream } from "node:fs";

const NEWLINE = 10;
const CHUNK_BYTES = 256 * 1024;

/** A line of a file, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** `undefined` where the line is longer than allowed. */
  readonly bytes: Buffer | undefined;
}

export interface ReadLinesOptions {
  readonly maxLineBytes: number;
  /** Reads no further than this. Default: the end of the file. */
  readonly endByte?: number | undefined;
}

/** The lines of a file, one after the other, with no more than one in memory; also the last one, if no newline ends it. */
export async function* readLines(
  path: string,
  { maxLineBytes, endByte }: ReadLinesOptions,
): AsyncGenerator<Line, void, undefined> {
  if (endByte === 0) return;
  const stream = createReadStream(path, {
    highWaterMark: CHUNK_BYTES,
    ...(endByte !== undefined && { end: endByte - 1 }),
  });
  let number = 0;
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      length += end - start;
      number++;
      if (length > maxLineBytes) yield { number, bytes: undefined };
      else if (pieces.length === 0) yield { number, bytes: chunk.subarray(start, end) };
      else yield { number, bytes: Buffer.concat([...pieces, chunk.subarray(start, end)]) };
      pieces = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    if (length > maxLineBytes) pieces = [];
    else if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (length > 0)
    yield { number: number + 1, bytes: length > maxLineBytes ? undefined : Buffer.concat(pieces) };
}

/** Whether a line is nothing but space. */
export function isBlank({ bytes }: Line): boolean {
  return bytes?.every((byte) => byte === 32 || byte === 9 || byte === 13) ?? false;
}
