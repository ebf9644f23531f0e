import type { LogOptions } from "@conduit/types";
import { LineSplitter } from "../line-splitter.ts";
import { type Daemon, isRefusal } from "./daemon.ts";

const HEADER_BYTES = 8;

/** Lines of a container's log, both of its outputs; none where there is no such container. */
export async function* containerLog(
  daemon: Daemon,
  name: string,
  { follow = false, tailLines, signal }: LogOptions = {},
): AsyncGenerator<string> {
  // Leaving the loop early must end the answer too.
  const over = new AbortController();
  try {
    const log = await openLog(daemon, name, {
      follow,
      tailLines,
      signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]),
    });
    if (log !== undefined) yield* demultiplexedLines(Buffer.isBuffer(log) ? [log] : log);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    over.abort();
  }
}

async function openLog(
  daemon: Daemon,
  name: string,
  { follow, tailLines, signal }: LogOptions,
): Promise<Buffer | NodeJS.ReadableStream | undefined> {
  const call = { what: `read the log of ${name}`, changes: false, signal };
  const options = { stdout: true, stderr: true, ...(tailLines !== undefined && { tail: tailLines }) };
  if (follow !== true) {
    return daemon.find(call, (client, abortSignal) =>
      client.getContainer(name).logs({ ...options, follow: false, abortSignal }),
    );
  }
  try {
    return await daemon.open(call, (client, abortSignal) =>
      client.getContainer(name).logs({ ...options, follow: true, abortSignal }),
    );
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

/** The last lines of a container's log, as one text; empty where there is none. */
export async function containerLogTail(daemon: Daemon, name: string, lineCount: number): Promise<string> {
  return (await Array.fromAsync(containerLog(daemon, name, { tailLines: lineCount }))).join("\n");
}

/**
 * Lines out of Docker's frames: one byte that says which output (0 to 2), three zeros, four bytes with the length, then the text. A
 * line may come in several frames, with those of the other output between.
 */
export async function* demultiplexedLines(
  chunks: Iterable<Buffer> | AsyncIterable<Buffer | string>,
): AsyncGenerator<string> {
  const splitters = new Map<number, LineSplitter>();
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, Buffer.from(chunk)]);
    for (;;) {
      if (rest.length < HEADER_BYTES) break;
      const end = HEADER_BYTES + rest.readUInt32BE(4);
      if (rest.length < end) break;
      const output = rest.readUInt8(0);
      const splitter = splitters.get(output) ?? new LineSplitter();
      splitters.set(output, splitter);
      yield* splitter.push(rest.subarray(HEADER_BYTES, end));
      rest = rest.subarray(end);
    }
  }
  for (const splitter of splitters.values()) yield* splitter.end();
}
