import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const WEIGHTS = "model.safetensors";

/** The Hugging Face Hub with one model, for an engine that downloads it. Of its weights only a half comes before {@link release}. */
export class SlowHub implements AsyncDisposable {
  readonly model = "org/slow";
  readonly #folder: string;
  readonly #server: Server;
  readonly #released = Promise.withResolvers<void>();

  static async start(folder: string): Promise<SlowHub> {
    const hub = new SlowHub(folder);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    hub.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    await promise;
    return hub;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("expected a server that listens");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Lets the rest of the weights come. */
  release(): void {
    this.#released.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #answer({ url = "", headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.startsWith(`/api/models/${this.model}/revision/`)) {
      const siblings = readdirSync(this.#folder).map((name) => ({ rfilename: name }));
      response.setHeader("content-type", "application/json").end(JSON.stringify({ sha: COMMIT, siblings }));
      return;
    }
    const file = url.split("/").at(-1) ?? "";
    const content = readFileSync(join(this.#folder, file));
    const [start = 0, last = content.length - 1] = (headers.range ?? "bytes=0-")
      .replace("bytes=", "")
      .split("-")
      .map((end) => (end === "" ? undefined : Number(end)));
    const bytes = content.subarray(start, last + 1);
    response.writeHead(206, {
      etag: `"etag-of-${file}"`,
      "x-repo-commit": COMMIT,
      "content-range": `bytes ${start}-${last}/${content.length}`,
      "content-length": bytes.length,
    });
    // The question how large it is asks for one byte.
    if (file === WEIGHTS && bytes.length > 1) {
      response.write(bytes.subarray(0, bytes.length / 2));
      await this.#released.promise;
      response.end(bytes.subarray(bytes.length / 2));
      return;
    }
    response.end(bytes);
  }
}
