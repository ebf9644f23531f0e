import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";
import type { ProcessCommand } from "@conduit/types";
import { localError } from "../local-error.ts";
import type { NodeFolder } from "./node-folder.ts";

/**
 * Writes down which process this is, then becomes the program: nobody's death in between leaves a process that is not
 * written down, and a folder that was taken away keeps the program from starting.
 */
const launcher =
  'IFS= read -r identity < "/proc/$$/stat" && printf "%s\\n" "$identity" > "$1" && shift && exec "$@"';

/** The program of a node, started. */
export interface Launched {
  readonly child: ChildProcess;
  /** How the program ended, once it has: its exit code or the signal. Never rejects. */
  readonly exit: Promise<string>;
}

/**
 * Starts the program of a node in a session of its own, so that Ctrl-C in a terminal does not reach it. Its standard input is a
 * socket that only this process holds the other end of, which the kernel closes when this process dies.
 */
export async function launch(
  folder: NodeFolder,
  command: ProcessCommand,
  env: Readonly<Record<string, string>>,
): Promise<Launched> {
  const programArguments = command.arguments.map((argument) =>
    argument.replaceAll("{portFile}", folder.portFile).replaceAll("{holders}", folder.holdersSocket),
  );
  const log = await open(folder.logFile, "ax", 0o600);
  try {
    const child = spawn(
      "/bin/sh",
      ["-c", launcher, "sh", folder.processFile, command.executable, ...programArguments],
      { detached: true, stdio: ["pipe", log.fd, log.fd], env: { ...inheritedEnvironment(), ...env } },
    );
    // Listened for before anything is awaited: a program may end before its log is closed here.
    const exit = new Promise<string>((resolve) =>
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`)),
    );
    // Nothing is ever written; an error tells no more than the exit does.
    child.stdin?.on("error", () => {});
    await once(child, "spawn").catch((error: Error) => {
      throw localError(`expected to start ${command.executable}, but: ${error.message}`, {
        cause: error,
        retry: "later",
      });
    });
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    return { child, exit };
  } finally {
    await log.close();
  }
}

/** What this process has for itself: limits that it was started with, and the way to the keys of every deployment. */
const OWN_VARIABLES: ReadonlySet<string> = new Set([
  "CONDUIT_IDLE_TIMEOUT_SECONDS",
  "CONDUIT_MAX_LIFETIME_SECONDS",
  "CONDUIT_DB_URI",
  "CONDUIT_SECRET",
  "CONDUIT_PREVIOUS_SECRET",
]);

function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.has(name)));
}

/** @throws ProviderError when there is no such program, or this user may not run it. */
export async function requireExecutable(executable: string): Promise<void> {
  const candidates =
    isAbsolute(executable) || executable.includes(sep)
      ? [executable]
      : (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, executable));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return;
    } catch {
      // The next one may do.
    }
  }
  throw localError(
    `expected ${executable} to be a program that this user may run, but it is not; build or install it, or correct its path`,
  );
}
