import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { OutputBuffer } from "./output-buffer.ts";
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
  readonly encoding: BufferEncoding;
  readonly signal: AbortSignal;
}

/** Why a process was stopped. */
export type StopCause = "timeout" | "stdout-limit" | "stderr-limit";

/** How a process ended. */
export interface ProcessOutcome {
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
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
  const child = spawn(request.executable, request.arguments, {
    cwd: request.cwd,
    env: request.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
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
  const stdout = new OutputBuffer(child.stdout, request.maxOutputBytes, () => stop("stdout-limit"));
  const stderr = new OutputBuffer(child.stderr, request.maxOutputBytes, () => stop("stderr-limit"));
  const removeTriggers = stopOn(request, stop);

  const exit = await exited;
  removeTriggers();
  if (ended !== undefined) await ended;
  else if (group.send(0)) {
    await untilClosed(closed);
    group.send("SIGKILL");
  }
  await untilClosed(closed);
  child.stdout.destroy();
  child.stderr.destroy();
  request.signal.throwIfAborted();
  return {
    ...exit,
    stdout: stdout.toString(request.encoding),
    stderr: stderr.toString(request.encoding),
    stopCause,
  };
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
