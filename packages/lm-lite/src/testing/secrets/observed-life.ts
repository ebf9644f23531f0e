import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Evidence } from "./find-secrets.ts";
import { folderEvidence } from "./folders.ts";
import type { LifeSettings } from "./life-settings.ts";

const program = fileURLToPath(new URL("./life.ts", import.meta.url));

export interface ObservedLifeOptions extends Omit<LifeSettings, "phase" | "notes"> {
  /** Holds what the programs note. */
  readonly folder: string;
  /** Environment of the programs, secrets included, beside that of the test. */
  readonly env: Readonly<Record<string, string>>;
}

/** Programs that live with deployments, one after the other, and all that they print and note. */
export class ObservedLife implements Disposable {
  readonly #options: ObservedLifeOptions;
  readonly #notes: string;
  readonly #printed: Buffer[] = [];
  #child: ChildProcess | undefined;

  constructor(options: ObservedLifeOptions) {
    this.#options = options;
    this.#notes = join(options.folder, "notes");
    mkdirSync(this.#notes);
  }

  /** Starts a program, calls one of `looks` each time that it stops for a look, and kills it after the last. */
  async live(...looks: readonly ((program: { readonly pid: number }) => Promise<void>)[]): Promise<void> {
    const child = this.#start("live");
    const ended = once(child, "close").then(() => "ended" as const);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (const look of looks) {
      for (let line = ""; line !== "look"; ) {
        const next = await Promise.race([lines.next(), ended]);
        if (next === "ended" || next.done === true) throw new Error(`the program ended:\n${this.#text()}`);
        line = next.value;
      }
      await look({ pid: child.pid ?? 0 });
      child.stdin.write("go on\n");
    }
    child.kill("SIGKILL");
    await ended;
  }

  /** Runs a program that cleans up to its end. */
  async cleanUp(): Promise<void> {
    const [exitCode] = await once(this.#start("clean-up"), "close");
    if (exitCode !== 0) throw new Error(`the program failed:\n${this.#text()}`);
  }

  get evidence(): readonly Evidence[] {
    const printed = { place: "output", detail: "output", content: Buffer.concat(this.#printed) };
    return [printed, ...folderEvidence(this.#notes, (path) => path.slice(this.#notes.length + 1))];
  }

  [Symbol.dispose](): void {
    this.#child?.kill("SIGKILL");
  }

  #start(phase: LifeSettings["phase"]) {
    const { env, folder: _, ...rest } = this.#options;
    const settings: LifeSettings = { ...rest, phase, notes: this.#notes };
    const child = spawn(
      process.execPath,
      ["--conditions=@conduit/source", program, JSON.stringify(settings)],
      { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } },
    );
    for (const output of [child.stdout, child.stderr]) {
      output.on("data", (chunk: Buffer) => this.#printed.push(chunk));
    }
    this.#child = child;
    return child;
  }

  #text(): string {
    return Buffer.concat(this.#printed).toString();
  }
}
