import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Keeps what a stream gives, up to a limit. */
export class OutputBuffer {
  readonly #chunks: Buffer[] = [];
  #remainingBytes: number;
  #isTruncated = false;

  /** @param onOverflow called once, as soon as there is more than `maxBytes`. */
  constructor(stream: Readable, maxBytes: number, onOverflow: () => void) {
    this.#remainingBytes = maxBytes;
    stream.on("data", (chunk: Buffer) => {
      if (this.#isTruncated) return;
      this.#chunks.push(chunk.subarray(0, this.#remainingBytes));
      this.#isTruncated = chunk.length > this.#remainingBytes;
      this.#remainingBytes -= Math.min(chunk.length, this.#remainingBytes);
      if (this.#isTruncated) onOverflow();
    });
  }

  /** The text so far; a character that the limit cut in two is left out. */
  toString(encoding: BufferEncoding): string {
    const bytes = Buffer.concat(this.#chunks);
    return this.#isTruncated ? new StringDecoder(encoding).write(bytes) : bytes.toString(encoding);
  }
}
