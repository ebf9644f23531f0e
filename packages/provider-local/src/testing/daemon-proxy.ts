import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const LATE_MS = 500;

/**
 * What happens to a request: the connection breaks `before` the daemon gets it, `after` the daemon has answered, or at once while the
 * daemon gets it `late`.
 */
export const FAULTS = ["before", "after", "late"] as const;
export type Fault = (typeof FAULTS)[number];

/** Stands between a program and a Docker daemon, and loses answers on demand. */
export class DaemonProxy implements AsyncDisposable {
  /** Says what happens to a request, such as `POST /containers/create`; nothing does by default. */
  faultOf: (call: string) => Fault | undefined = () => undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), "conduit-proxy-"));
  readonly #daemonSocket: string;
  readonly #passing = new Set<Promise<void>>();
  readonly #server = createServer((incoming, response) => {
    const passing = this.#pass(incoming, response)
      .catch(() => void response.destroy())
      .finally(() => this.#passing.delete(passing));
    this.#passing.add(passing);
  });

  static async start(daemonSocket: string): Promise<DaemonProxy> {
    const proxy = new DaemonProxy(daemonSocket);
    proxy.#server.listen(proxy.#socketPath);
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(daemonSocket: string) {
    this.#daemonSocket = daemonSocket;
  }

  get host(): string {
    return `unix://${this.#socketPath}`;
  }

  /** Waits until the daemon has answered everything, whoever still hears of it. */
  async idle(): Promise<void> {
    await Promise.all(this.#passing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #socketPath(): string {
    return join(this.#folder, "docker.sock");
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = incoming;
    const fault = this.faultOf(`${method} ${url}`);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (fault === "before" || fault === "late") response.destroy();
    if (fault === "before") return;
    if (fault === "late") await delay(LATE_MS);
    const outgoing = request({ socketPath: this.#daemonSocket, method, path: url, headers, agent: false });
    outgoing.end(Buffer.concat(chunks));
    const [answer]: IncomingMessage[] = await once(outgoing, "response");
    if (answer === undefined) return;
    if (fault !== undefined) {
      answer.resume();
      response.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  }
}
