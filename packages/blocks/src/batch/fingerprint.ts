import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const NEWLINE = 10;

/** What an input is known by. */
export interface Fingerprint {
  readonly bytes: number;
  readonly sha256: string;
  /** Whether the last byte ends a line, so that what is added after it is a line of its own. */
  readonly endsLine: boolean;
  readonly lines: number;
}

export interface FingerprintOptions {
  /** What the file was known by before, where it was. */
  readonly before?: Fingerprint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a file through; `undefined` where it does not begin with what it was `before`. */
export async function fingerprint(
  path: string,
  { before, signal }: FingerprintOptions,
): Promise<Fingerprint | undefined> {
  const hash = createHash("sha256");
  let bytes = 0;
  let lines = 0;
  let lastByte = NEWLINE;
  let begins = before === undefined || before.bytes === 0;
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024 });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    const untilBefore = (before?.bytes ?? 0) - bytes;
    if (!begins && before !== undefined && chunk.length >= untilBefore) {
      const prefix = hash.copy().update(chunk.subarray(0, untilBefore)).digest("hex");
      const next = chunk[untilBefore];
      if (prefix !== before.sha256) return undefined;
      if (!before.endsLine && next !== undefined && next !== NEWLINE) return undefined;
      begins = true;
    }
    hash.update(chunk);
    bytes += chunk.length;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, end + 1)) lines++;
    lastByte = chunk[chunk.length - 1] ?? lastByte;
  }
  if (!begins) return undefined;
  const endsLine = lastByte === NEWLINE;
  return { bytes, sha256: hash.digest("hex"), endsLine, lines: endsLine ? lines : lines + 1 };
}
