import type { ChildProcess } from "node:child_process";
import { connect, type Socket } from "node:net";
import type { NodeHold } from "@conduit/types";
import { systemErrorCode } from "../local-error.ts";

/** The hold that a process has on a node from its creation: the other end of the program's standard input. */
export function holdByStandardInput(child: ChildProcess): NodeHold {
  const ended =
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { ended, release: () => child.stdin?.destroy() };
}

/**
 * Connects to the socket on which a program listens for its holders, and resolves once the program has taken note; `undefined`
 * when nobody listens (yet), or the program ends.
 */
export function holdBySocket(path: string, signal: AbortSignal | undefined): Promise<NodeHold | undefined> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = connect(path);
    const abort = () => socket.destroy(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    // All that follows a failure is the end of the socket.
    let failure: unknown;
    socket.once("error", (error) => {
      failure = error;
    });
    socket.once("close", () => {
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) reject(signal.reason);
      else if (failure === undefined || meansNobody(failure)) resolve(undefined);
      else reject(failure);
    });
    socket.once("data", () => {
      signal?.removeEventListener("abort", abort);
      resolve(socketHold(socket));
    });
  });
}

function socketHold(socket: Socket): NodeHold {
  socket.unref();
  let released = false;
  return {
    ended: new Promise((resolve) => {
      socket.once("close", () => {
        if (!released) resolve();
      });
    }),
    release: () => {
      released = true;
      socket.destroy();
    },
  };
}

function meansNobody(error: unknown): boolean {
  return ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(systemErrorCode(error) ?? "");
}
