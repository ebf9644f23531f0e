import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * What happens to the connection that sends the next COMMIT: it breaks `before` the server gets it, `after` the server has answered, or at
 * once while the server gets it `late`.
 */
export type CommitFault = "before" | "after" | "late";

const LATE_MS = 300;

/** Whether a message is that statement, not one in which the word occurs. */
function isCommit(data: Buffer): boolean {
  return /(?<!\w)commit\0/.test(data.toString("latin1"));
}

/** Stands between a program and a PostgreSQL server, and loses answers on demand. */
export class LossyProxy implements AsyncDisposable {
  /** Where its socket is. */
  readonly folder = mkdtempSync(join(tmpdir(), "conduit-proxy-"));
  readonly faults: CommitFault[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(serverFolder: string): Promise<LossyProxy> {
    const proxy = new LossyProxy(serverFolder);
    proxy.#server.listen(join(proxy.folder, ".s.PGSQL.5432"));
    await once(proxy.#server, "listening");
    chmodSync(proxy.folder, 0o755);
    return proxy;
  }

  private constructor(serverFolder: string) {
    this.#server = createServer((client) => {
      const server = createConnection(join(serverFolder, ".s.PGSQL.5432"));
      this.#join(client, server);
    });
  }

  /** Breaks every connection that there is. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakAll();
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }

  #join(client: Socket, server: Socket): void {
    let fault: CommitFault | undefined;
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        if (fault !== "late") other.destroy();
      });
    }
    server.on("data", (data) => {
      if (fault === "after") client.destroy();
      else if (!client.destroyed) client.write(data);
    });
    client.on("data", async (data) => {
      if (isCommit(data)) fault = this.faults.shift();
      if (fault === "before" || fault === "late") client.destroy();
      if (fault === "before") return;
      if (fault === "late") await delay(LATE_MS);
      server.write(data);
      if (fault === "late") server.end();
    });
  }
}
