import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** What becomes of output. */
export interface OutputHandling {
  readonly maxBytes: number;
  readonly encoding: BufferEncoding;
  /** Called once, as soon as there is more than `maxBytes`, which is not kept. */
  onOverflow(): void;
  /** Called whenever there is more text than before. Whoever does not want to know saves the decoding. */
  readonly onText: (() => void) | undefined;
}

/** Keeps what a stream gives, up to a limit. */
export class OutputBuffer {
  readonly #encoding: BufferEncoding;
  readonly #chunks: Buffer[] = [];
  readonly #decoder: StringDecoder;
  #remainingBytes: number;
  #isTruncated = false;
  #text = "";

  constructor(stream: Readable, { maxBytes, encoding, onOverflow, onText }: OutputHandling) {
    this.#encoding = encoding;
    this.#decoder = new StringDecoder(encoding);
    this.#remainingBytes = maxBytes;
    stream.on("data", (chunk: Buffer) => {
      if (this.#isTruncated) return;
      const kept = chunk.subarray(0, this.#remainingBytes);
      this.#chunks.push(kept);
      this.#isTruncated = chunk.length > this.#remainingBytes;
      this.#remainingBytes -= kept.length;
      if (onText !== undefined) {
        this.#text += this.#decoder.write(kept);
        onText();
      }
      if (this.#isTruncated) onOverflow();
    });
  }

  /** Whether there was more than is kept. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  /** The whole characters so far, where there is an `onText`. */
  get text(): string {
    return this.#text;
  }

  /** The text at the end; a character that the limit cut in two is left out. */
  toString(): string {
    const bytes = Buffer.concat(this.#chunks);
    return this.#isTruncated
      ? new StringDecoder(this.#encoding).write(bytes)
      : bytes.toString(this.#encoding);
  }
}
