import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./user.ts", import.meta.url));

/** A program that uses the deployment of a folder. */
export class User implements Disposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(directory: string, { readyAfterMs = 0 } = {}) {
    this.#process = spawn(
      process.execPath,
      ["--conditions=@conduit/source", program, directory, String(readyAfterMs)],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    assert(done !== true, "the program has ended");
    return value;
  }

  /** Which node process answers now. */
  async ask(): Promise<number> {
    this.#process.stdin.write("\n");
    return Number(await this.line());
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await once(this.#process, "exit");
  }

  /** Ends its input; it then has nothing more to do. */
  async finish(): Promise<number> {
    this.#process.stdin.end();
    const [exitCode] = await once(this.#process, "exit");
    return exitCode;
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }
}
