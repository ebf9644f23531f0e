import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const openStore = fileURLToPath(new URL("./open-store.ts", import.meta.url));
const appendEvents = fileURLToPath(new URL("./append-events.ts", import.meta.url));
const holdTransaction = fileURLToPath(new URL("./hold-transaction.ts", import.meta.url));

/** Runs `open-store.ts`; what it says. */
export async function openInAnotherProgram(env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@conduit/source", openStore],
    { env: { ...process.env, ...env } },
  );
  return stdout.trim();
}

/** Runs `append-events.ts` until it is killed, some time after its first event; the numbers that it has told. */
export async function appendUntilKilled(uri: string, actor: string, killAfterMs: number): Promise<number[]> {
  const child = spawn(process.execPath, ["--conditions=@conduit/source", appendEvents, uri, actor], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const numbers: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (numbers.length === 0) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    numbers.push(Number(line));
  }
  return numbers;
}

/** A program that stays in a transaction. */
export class Holder implements Disposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  /** Returns once it is in its transaction. */
  static async start(uri: string, idleTransactionTimeoutMs: number): Promise<Holder> {
    const holder = new Holder(uri, idleTransactionTimeoutMs);
    const line = await holder.#line();
    if (line !== "began") throw new Error(`expected "began", but found "${line}"`);
    return holder;
  }

  private constructor(uri: string, idleTransactionTimeoutMs: number) {
    this.#process = spawn(
      process.execPath,
      ["--conditions=@conduit/source", holdTransaction, uri, String(idleTransactionTimeoutMs)],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Stops it in the middle, as a closed laptop does. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  /** Lets its transaction end; what it says then. */
  async finish(): Promise<string> {
    this.#process.stdin.write("\n");
    return this.#line();
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }

  async #line(): Promise<string> {
    const { value } = await this.#lines.next();
    return String(value);
  }
}
