import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that answers each line of JSON with one. It computes nothing between two questions. */
export class LineProgram implements Disposable {
  readonly #command: string;
  readonly #child;
  readonly #lines;

  constructor(command: string, args: readonly string[]) {
    this.#command = command;
    this.#child = spawn(command, [...args], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error when the program ends without an answer. */
  async ask(question: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`expected an answer of ${this.#command}, but it ended`);
    return JSON.parse(value);
  }

  [Symbol.dispose](): void {
    this.#child.stdin.end();
  }
}
