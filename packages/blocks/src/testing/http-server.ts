import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A request that a server got. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An HTTP server of this process, that keeps what it was asked. */
export class TestServer implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  static async start(listener: RequestListener): Promise<TestServer> {
    const server = new TestServer(listener);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  private constructor(listener: RequestListener) {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        this.seen.push({ method, url, headers, body });
        listener(request, response);
      });
    });
    this.#server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => {});
    });
  }

  /** @param host a name that leads here too, so that it counts as another host. */
  url(path = "/", host = "127.0.0.1"): string {
    return `http://${host}:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
