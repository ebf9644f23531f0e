import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { type BundledProgram, bundleProgram } from "../bundle-program.ts";
import type { FleetTask } from "./fleet-request.ts";

const program = new URL("./fleet-member.ts", import.meta.url);

/** Processes that deploy at the same time. */
export class Fleet implements AsyncDisposable {
  readonly #members: readonly Member[];

  private constructor(members: readonly Member[]) {
    this.#members = members;
  }

  static async start(tasks: readonly FleetTask[]): Promise<Fleet> {
    const bundled = await bundleProgram(program);
    return new Fleet(tasks.map((task) => new Member(bundled, task)));
  }

  /** Waits until each has an answer or is dead; ids of the processes that answered. */
  async answers(): Promise<readonly number[]> {
    const answers = await Promise.all(this.#members.map((member) => member.answer()));
    return answers.filter((pid) => pid !== undefined);
  }

  /** Lets all leave; how many did so in good order. */
  async leave(): Promise<number> {
    const ends = await Promise.all(this.#members.map((member) => member.leave()));
    return ends.filter((exitCode) => exitCode === 0).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.kill()));
  }
}

class Member {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exit: Promise<number | null>;
  readonly #problems: Promise<string>;

  constructor({ path, environment }: BundledProgram, task: FleetTask) {
    this.#process = spawn(process.execPath, [path, JSON.stringify(task)], {
      stdio: ["pipe", "pipe", "pipe"],
      env: environment,
    });
    this.#exit = once(this.#process, "exit").then(([exitCode]) => exitCode);
    this.#problems = text(this.#process.stderr);
    this.#process.stdin.on("error", () => {});
  }

  /** `undefined` where it was killed before. */
  async answer(): Promise<number | undefined> {
    const [first] = await Promise.race([
      once(this.#process.stdout, "data"),
      this.#exit.then((): [undefined] => [undefined]),
    ]);
    if (first !== undefined) return Number(first);
    if (this.#process.signalCode === "SIGKILL") return undefined;
    throw new Error(`expected an answer, but the program ended: ${await this.#problems}`);
  }

  leave(): Promise<number | null> {
    this.#process.stdin.end();
    return this.#exit;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#exit;
  }
}
