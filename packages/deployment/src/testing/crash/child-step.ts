import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleProgram } from "../bundle-program.ts";

/** What `crash-child.ts` does. */
export interface ChildStep {
  readonly directory: string;
  readonly uri: string;
  /** Name of a scenario. */
  readonly scenario: string;
  readonly task: "prepare" | "operate" | "recover";
  /** Point, from 1 on, at which it kills itself. Default: none. */
  readonly killAt?: number | undefined;
}

const program = new URL("./crash-child.ts", import.meta.url);

/** Whether the child was killed at its point; otherwise it came to its end. */
export function runChild(step: ChildStep): Promise<boolean> {
  return runKillable(program, step);
}

/** Keeps what Node makes of the sources, which takes a child longer than most of what it does. */
export const childEnvironment = {
  ...process.env,
  NODE_COMPILE_CACHE: join(tmpdir(), `conduit-compile-cache-${process.getuid?.() ?? 0}`),
};

/** Runs a program that kills itself where `step` says so; whether it did. */
export async function runKillable(program: URL, step: object): Promise<boolean> {
  const { path, environment } = await bundleProgram(program);
  try {
    await promisify(execFile)(process.execPath, [path, JSON.stringify(step)], { env: environment });
    return false;
  } catch (error) {
    if ((error as { signal?: string }).signal === "SIGKILL") return true;
    throw error;
  }
}
