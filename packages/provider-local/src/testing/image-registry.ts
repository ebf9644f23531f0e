import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { rootFileSystem } from "./program-image.ts";

const LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const CONFIG = "application/vnd.docker.container.image.v1+json";
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
/** Random bytes beside the program, so that the layer takes a while and cannot be compressed. */
const BALLAST_BYTES = 8_000_000;

/** How the registry ends a layer of which it has sent the first half. */
type End = "whole" | "damaged";

/**
 * A registry as the OCI distribution specification has it, with one image whose containers sleep. It keeps the second half of the
 * image's layer back until it is told how to end it.
 */
export class ImageRegistry implements AsyncDisposable {
  readonly #blobs: ReadonlyMap<string, Buffer>;
  readonly #manifest: Buffer;
  readonly #layer: string;
  readonly #end = Promise.withResolvers<End>();
  readonly #server = createServer((request, response) => {
    this.#answer(request.url ?? "", response).catch(() => response.destroy());
  });

  static async start(): Promise<ImageRegistry> {
    const root = rootFileSystem({
      image: "sleeper",
      program: "/bin/sleep",
      arguments: [],
      contents: { "/ballast": randomBytes(BALLAST_BYTES) },
    });
    const registry = new ImageRegistry(await buffer(root));
    registry.#server.listen(0, "127.0.0.1");
    await once(registry.#server, "listening");
    return registry;
  }

  private constructor(root: Buffer) {
    const layer = gzipSync(root, { level: 1 });
    this.#layer = digestOf(layer);
    const config = Buffer.from(
      JSON.stringify({
        architecture: process.arch === "x64" ? "amd64" : process.arch,
        os: "linux",
        config: { Entrypoint: ["/program", "600"] },
        rootfs: { type: "layers", diff_ids: [digestOf(root)] },
      }),
    );
    this.#manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: CONFIG, size: config.length, digest: digestOf(config) },
        layers: [{ mediaType: LAYER, size: layer.length, digest: this.#layer }],
      }),
    );
    this.#blobs = new Map([config, layer].map((blob) => [digestOf(blob), blob]));
  }

  get image(): string {
    return `127.0.0.1:${this.#port}/sleeper:1`;
  }

  /** Digest of the image, as the registry has it. */
  get digest(): string {
    return digestOf(this.#manifest);
  }

  /** Lets the second half of the layer go. */
  finish(end: End = "whole"): void {
    this.#end.resolve(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    const [, kind, reference = ""] = /^\/v2\/sleeper\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    if (url === "/v2/") {
      response.end("{}");
    } else if (kind === "manifests" && (reference === "1" || reference === this.digest)) {
      response.writeHead(200, {
        "content-type": MANIFEST,
        "content-length": this.#manifest.length,
        "docker-content-digest": this.digest,
      });
      response.end(this.#manifest);
    } else if (reference === this.#layer) {
      await this.#sendLayer(response);
    } else if (this.#blobs.has(reference)) {
      response.end(this.#blobs.get(reference));
    } else {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    }
  }

  async #sendLayer(response: ServerResponse): Promise<void> {
    const layer = this.#blobs.get(this.#layer) ?? Buffer.alloc(0);
    const half = Math.floor(layer.length / 2);
    response.setHeader("content-length", layer.length);
    response.write(layer.subarray(0, half));
    const rest = layer.subarray(half);
    response.end((await this.#end.promise) === "whole" ? rest : Buffer.alloc(rest.length));
  }
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
