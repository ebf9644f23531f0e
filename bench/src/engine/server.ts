import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 10;

/** A server of completions, in a process of its own. */
export interface Server extends AsyncDisposable {
  readonly baseUrl: string;
  readonly processId: number;
  /** From the start of its process until it was ready. */
  readonly readySeconds: number;
}

/**
 * Starts a server on a free port and waits until it has loaded its models.
 *
 * @param isReady Tells from an answer of `/health` whether it has.
 * @throws Error when it ends before that.
 */
export async function startServer(
  command: string,
  args: readonly string[],
  isReady: (answer: Response) => Promise<boolean>,
): Promise<Server> {
  const port = await freePort();
  const startMs = performance.now();
  // Both engines write a log of every request, which is no part of the comparison.
  const child = spawn(command, [...args, "--host", "127.0.0.1", "--port", String(port)], {
    stdio: "ignore",
    env: { ...process.env, RUST_LOG: "error" },
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const baseUrl = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(
        `expected ${command} to serve, but it ended; run it by hand to see why: ${args.join(" ")}`,
      );
    }
    const answer = await fetch(`${baseUrl}/health`).catch(() => undefined);
    if (answer !== undefined && (await isReady(answer))) break;
    await delay(POLL_MS);
  }
  return {
    baseUrl,
    processId: child.pid,
    readySeconds: (performance.now() - startMs) / 1_000,
    async [Symbol.asyncDispose]() {
      process.off("exit", end);
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("expected a port of this machine");
  return address.port;
}
