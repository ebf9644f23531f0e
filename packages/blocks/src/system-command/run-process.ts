import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { OutputBuffer, type OutputHandling } from "./output-buffer.ts";
import { ProcessGroup } from "./process-group.ts";

/**
 * Time in milliseconds that processes which the command left in the background have to finish what they are writing, as
 * `>(tee file)` does, and then again for the pipes to close. A process that left the group keeps them open for ever.
 */
const BACKGROUND_GRACE_MS = 250;

/** What to run, and when to stop it. */
export interface ProcessRequest {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which the process is stopped; may be `Infinity`. */
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  readonly maxOutputBytes: number;
  /** Whether the process is stopped when there is more, or what is more is dropped. */
  readonly excessOutput: "stop" | "drop";
  readonly encoding: BufferEncoding;
  /** What the process reads; `undefined` for nothing. */
  readonly stdin: string | Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Told of the output so far whenever there is more of it, if anybody wants to know. */
  readonly onOutput: ((output: ProcessOutput) => void) | undefined;
}

/** What a process wrote. */
export interface ProcessOutput {
  readonly stdout: string;
  readonly stderr: string;
}

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

/** Why a process was stopped. */
export type StopCause = "timeout" | "stdout-limit" | "stderr-limit";

/** How a process ended. */
export interface ProcessOutcome extends ProcessOutput {
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
  /** Whether some of the output is missing. */
  readonly isTruncated: boolean;
  /** Absent where it ended by itself. */
  readonly stopCause: StopCause | undefined;
}

/**
 * Runs a process in a group of its own, of which nothing is left when this settles.
 *
 * @throws what `spawn` gives when the process cannot be started; the signal's reason.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  request.signal.throwIfAborted();
  const { onOutput } = request;
  const child = start(request);
  if (child.pid === undefined) throw (await once(child, "error"))[0];
  using group = new ProcessGroup(child.pid);
  const exited = new Promise<Pick<ProcessOutcome, "exitCode" | "exitSignal">>((resolve) =>
    child.once("exit", (exitCode, exitSignal) => resolve({ exitCode, exitSignal })),
  );
  let isClosed = false;
  const closed = new Promise<void>((resolve) =>
    child.once("close", () => {
      isClosed = true;
      resolve();
    }),
  );

  let stopCause: StopCause | undefined;
  let ended: Promise<void> | undefined;
  const stop = (cause?: StopCause): void => {
    stopCause ??= cause;
    ended ??= group.end(request.killGraceMs, () => isClosed);
  };
  const handling = (cause: StopCause): OutputHandling => ({
    maxBytes: request.maxOutputBytes,
    encoding: request.encoding,
    onOverflow: () => {
      if (request.excessOutput === "stop") stop(cause);
    },
    onText: onOutput && (() => onOutput({ stdout: stdout.text, stderr: stderr.text })),
  });
  const stdout = new OutputBuffer(child.stdout, handling("stdout-limit"));
  const stderr = new OutputBuffer(child.stderr, handling("stderr-limit"));
  // A process may end, or close its input, before it has read all of it.
  child.stdin?.on("error", () => {}).end(request.stdin);
  const removeTriggers = stopOn(request, stop);

  const exit = await exited;
  removeTriggers();
  if (ended !== undefined) await ended;
  else if (group.send(0)) {
    await untilClosed(closed);
    group.send("SIGKILL");
  }
  await untilClosed(closed);
  child.stdin?.destroy();
  child.stdout.destroy();
  child.stderr.destroy();
  request.signal.throwIfAborted();
  return {
    ...exit,
    stdout: stdout.toString(),
    stderr: stderr.toString(),
    isTruncated: stdout.isTruncated || stderr.isTruncated,
    stopCause,
  };
}

function start({ executable, arguments: args, cwd, env, stdin }: ProcessRequest): Child {
  const options = { cwd, env, detached: true };
  // Some programs do otherwise where they find a pipe, even an empty one.
  if (stdin === undefined) return spawn(executable, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  return spawn(executable, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
}

function stopOn({ signal, timeoutMs }: ProcessRequest, stop: (cause?: StopCause) => void): () => void {
  const onAbort = (): void => stop();
  signal.addEventListener("abort", onAbort, { once: true });
  const timer =
    timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => stop("timeout"), timeoutMs);
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  };
}

/** Waits for the pipes to be read to their end, or until that is late. */
async function untilClosed(closed: Promise<void>): Promise<void> {
  const timeout = new AbortController();
  const late = delay(BACKGROUND_GRACE_MS, undefined, { signal: timeout.signal })
    // Whatever lies in the pipes is read before this, even if this process was too busy to do so.
    .then(() => setImmediate())
    .catch(() => undefined);
  await Promise.race([closed, late]);
  timeout.abort();
}
