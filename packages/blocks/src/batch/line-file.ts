import { type FileHandle, open } from "node:fs/promises";
import { BatchOutputError } from "./batch-errors.ts";
import { readLines } from "./read-lines.ts";
import { HEAD_BYTES, type LineHead, parseHead } from "./result-line.ts";

/** Longest time for which a loss of power may lose what was written, while more is being written. */
const SYNC_INTERVAL_MS = 1_000;

/**
 * A file of lines that grows at its end. What is written is the record of what was done, so that there is nothing else that could be
 * noted or not: a line is done when it stands there whole.
 */
export class LineFile implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  #waiting: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #syncedMs = performance.now();

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async open(path: string): Promise<LineFile> {
    return new LineFile(path, await open(path, "a+"));
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#handle.stat()).size === 0;
  }

  async clear(): Promise<void> {
    await this.#handle.truncate(0);
    // What is run again must not stand here as well after a loss of power.
    await this.#handle.datasync();
  }

  /**
   * Reads what is there, and cuts off a last line that was not written to its end.
   *
   * @throws {@link BatchOutputError} at a line that no batch wrote.
   */
  async recover(found: (head: LineHead) => void): Promise<void> {
    const wholeBytes = await this.#endOfLastLine();
    const options = { maxLineBytes: Number.POSITIVE_INFINITY, endByte: wholeBytes };
    for await (const { number, bytes } of readLines(this.path, options)) {
      const head = parseHead(bytes?.subarray(0, HEAD_BYTES).toString("latin1") ?? "");
      if (head === undefined) throw new BatchOutputError(this.path, `something else in line ${number}`);
      found(head);
    }
    await this.#handle.truncate(wholeBytes);
  }

  /** Writes a line; resolves when the operating system has it, so that the end of this process cannot lose it. */
  append(line: string): Promise<void> {
    this.#waiting.push(line);
    // Lines that come while others are being written are written together.
    this.#next ??= this.#writing.then(() => this.#write());
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#handle.datasync();
    } finally {
      await this.#handle.close();
    }
  }

  async #write(): Promise<void> {
    const text = this.#waiting.join("");
    this.#waiting = [];
    // Where one fails so do all that follow: behind a line that was not written to its end, no other one would be whole.
    this.#writing = this.#next ?? this.#writing;
    this.#next = undefined;
    await this.#handle.appendFile(text);
    if (performance.now() - this.#syncedMs < SYNC_INTERVAL_MS) return;
    await this.#handle.datasync();
    this.#syncedMs = performance.now();
  }

  async #endOfLastLine(): Promise<number> {
    const { size } = await this.#handle.stat();
    const piece = Buffer.alloc(64 * 1024);
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - piece.length);
      const { bytesRead } = await this.#handle.read(piece, 0, end - start, start);
      const newline = piece.subarray(0, bytesRead).lastIndexOf("\n");
      if (newline !== -1) return start + newline + 1;
      end = start;
    }
    return 0;
  }
}
