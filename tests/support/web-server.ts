import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A web server of this process. */
export class WebServer implements AsyncDisposable {
  readonly #server: Server;

  static async start(listener: RequestListener): Promise<WebServer> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new WebServer(server);
  }

  /** One that has the same page at each address. */
  static page(html: string): Promise<WebServer> {
    return WebServer.start((_request, response) =>
      response.setHeader("content-type", "text/html; charset=utf-8").end(html),
    );
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
