import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { required } from "./support/engine.ts";
import { descendantsOf, holdsWithin, survivors } from "./support/processes.ts";
import { useTemporaryDatabase } from "./support/temporary-database.ts";

useTemporaryDatabase();

const program = fileURLToPath(new URL("programs/use-deployment.ts", import.meta.url));

/** A program that uses the deployment. */
class User implements Disposable {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(namespace: string) {
    this.process = spawn(
      process.execPath,
      ["--conditions=@conduit/source", program, required("RANDOM_MODEL"), namespace],
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

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
  test(`two programs share an engine that outlives the one that ${signal} ends, and ends with both`, async () => {
    const namespace = `shared-${process.pid}-${signal}`;
    using first = new User(namespace);
    assert.equal(await first.line(), "ready");
    using second = new User(namespace);
    assert.equal(await second.line(), "ready");

    const node = await first.ask();
    assert.equal(await second.ask(), node);
    const engines = first.engines;
    assert.equal(engines.length, 1);
    assert.deepEqual(second.engines, []);

    await first.kill(signal);
    assert.equal(await second.ask(), node);
    assert.equal(await second.ask(), node);

    await second.kill(signal);
    assert.ok(
      await holdsWithin(5_000, () => survivors(engines).length === 0),
      "the engine outlived both programs",
    );
  });
}
