import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { BatchSummary } from "../index.ts";

const program = fileURLToPath(new URL("batch-program.ts", import.meta.url));

export interface KilledBatchesOptions {
  readonly folder: string;
  readonly lines: number;
  readonly kills: number;
}

/** What came of a batch that was killed again and again until it was let run to its end. */
export interface KilledBatches {
  readonly kills: number;
  readonly summary: BatchSummary;
  /** Of all runs; on Linux also of those that were killed. */
  readonly peakMemoryBytes: number;
  /** Numbers of the input's lines, as they stand in either file. */
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
}

/** Whether the line of this number fails in the program: by its data, or by being no JSON. */
export const fails = (line: number): boolean => line % 89 === 0 || line % 97 === 0;

/** Runs a batch and kills it at random moments: some after a time, some after it has written so much more. */
export async function runKilledBatches({
  folder,
  lines,
  kills,
}: KilledBatchesOptions): Promise<KilledBatches> {
  const [input, output] = [join(folder, "input.jsonl"), join(folder, "output.jsonl")];
  const stream = createWriteStream(input);
  for (let line = 1; line <= lines; line++) {
    const text = line % 97 === 0 ? "not JSON\n" : `{"id":${line}}\n`;
    if (!stream.write(text)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
  // Its first run compiles the sources, which takes memory that a program which uses the package does not take.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") };
  const start = (...files: readonly string[]) =>
    spawn(process.execPath, ["--conditions=@conduit/source", program, ...files], {
      stdio: ["ignore", "pipe", "inherit"],
      env,
    });
  writeFileSync(join(folder, "empty.jsonl"), "");
  await once(start(join(folder, "empty.jsonl"), join(folder, "nothing.jsonl")), "exit");
  let killed = 0;
  let peakMemoryBytes = 0;
  for (let round = 0; ; round++) {
    const child = start(input, output);
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
    const exited = once(child, "close");
    if (killed < kills) {
      const killing = new AbortController();
      const over = exited.finally(() => killing.abort());
      await waitToKill(output, round, (100 * lines) / kills, killing.signal);
      peakMemoryBytes = Math.max(peakMemoryBytes, peakMemoryBytesOf(child.pid));
      child.kill("SIGKILL");
      await over;
      if (child.signalCode === "SIGKILL") killed++;
    }
    const [exitCode] = await exited;
    if (exitCode === null) continue;
    if (exitCode !== 0) throw new Error(`The batch ended with ${exitCode}.`);
    const last = JSON.parse(printed) as Pick<KilledBatches, "summary" | "peakMemoryBytes">;
    peakMemoryBytes = Math.max(peakMemoryBytes, last.peakMemoryBytes);
    const [succeeded, failed] = [linesIn(output), linesIn(`${output}.failures`)];
    return { kills: killed, summary: last.summary, peakMemoryBytes, succeeded, failed };
  }
}

async function waitToKill(
  output: string,
  round: number,
  maxBytes: number,
  ended: AbortSignal,
): Promise<void> {
  const options = { signal: ended };
  try {
    if (round % 4 === 0) {
      await delay(Math.random() * 1_000, undefined, options);
      return;
    }
    const target = sizeOf(output) + Math.random() * maxBytes;
    while (sizeOf(output) < target) await delay(1, undefined, options);
    await delay(Math.random() * 10, undefined, options);
  } catch (error) {
    // It ended before.
    if (!ended.aborted) throw error;
  }
}

function peakMemoryBytesOf(processId: number | undefined): number {
  try {
    const [, kibibytes] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, "utf8")) ?? [];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    // It has ended, or this is another system.
    return 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function linesIn(path: string): number[] {
  const text = readFileSync(path, "utf8");
  if (!text.endsWith("\n")) throw new Error(`${path} does not end with a newline.`);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly line: number }).line);
}
