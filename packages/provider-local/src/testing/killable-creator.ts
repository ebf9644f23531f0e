import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./creator.ts", import.meta.url));

/** A program that creates the node `one`. */
export class Creator implements Disposable {
  readonly #process: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(directory: string, more: readonly string[], env: Readonly<Record<string, string>>) {
    this.#process = spawn(
      process.execPath,
      ["--conditions=@conduit/source", program, directory, "one", ...more],
      { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } },
    );
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Starts the program and waits until it is about to create the node. */
  static async start(
    directory: string,
    more: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Creator> {
    const creator = new Creator(directory, more, env);
    assert.equal(await creator.line(), "creating");
    return creator;
  }

  async line(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await once(this.#process, "exit");
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }
}
