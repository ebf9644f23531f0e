import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { LocalProviderOptions } from "@conduit/provider-local";
import { required } from "./engine.ts";
import { descendantsOf } from "./processes.ts";

const program = fileURLToPath(new URL("../programs/use-deployment.ts", import.meta.url));

/** A program that uses the deployment. */
export class User implements Disposable {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(namespace: string, provider: LocalProviderOptions = {}) {
    this.process = spawn(
      process.execPath,
      [
        "--conditions=@conduit/source",
        program,
        required("RANDOM_MODEL"),
        namespace,
        JSON.stringify(provider),
      ],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    assert.ok(!done, "the program ended");
    return value;
  }

  async ask(): Promise<string> {
    this.process.stdin.write("Hello\n");
    return this.line();
  }

  get engines(): readonly number[] {
    return descendantsOf(this.process.pid ?? 0).map((row) => row.processId);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.process.kill(signal);
    await once(this.process, "exit");
  }

  [Symbol.dispose](): void {
    this.process.kill("SIGKILL");
  }
}
