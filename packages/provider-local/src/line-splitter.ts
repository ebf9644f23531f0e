import { StringDecoder } from "node:string_decoder";

/** Makes lines, without their ends, of text that comes in pieces. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  push(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  end(): string[] {
    const last = this.#rest + this.#decoder.end();
    return last === "" ? [] : [last];
  }
}
