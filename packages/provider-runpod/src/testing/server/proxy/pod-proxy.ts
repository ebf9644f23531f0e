import { type IncomingMessage, request as makeRequest, type ServerResponse } from "node:http";
import type { Pods } from "../api/pods.ts";
import { statusAt } from "../world/pod-status.ts";
import type { PodAddress } from "./pod-address.ts";

/**
 * RunPod's proxy breaks off an answer of which nothing comes for that long. It is Cloudflare's, whose documentation calls that the proxy read
 * timeout, and its answer before the first byte 524.
 */
const DEFAULT_LIMIT_MS = 100_000;

/** Leads requests to the programs of pods. */
export class PodProxy {
  readonly #pods: Pods;
  readonly #limitMs: number;

  constructor(pods: Pods, limitMs: number = DEFAULT_LIMIT_MS) {
    this.#pods = pods;
    this.#limitMs = limitMs;
  }

  async answer(address: PodAddress, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const port = await this.#portOf(address);
    if (port === undefined) return refuse(response, 404);
    if (port === "closed") return refuse(response, 502);
    const forwarded = makeRequest({
      host: "127.0.0.1",
      port,
      method: request.method,
      path: address.path,
      headers: request.headers,
      agent: false,
    });
    const timer = setTimeout(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 524);
      forwarded.destroy();
    }, this.#limitMs);
    response.on("close", () => {
      clearTimeout(timer);
      forwarded.destroy();
    });
    forwarded.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer
        .on("data", () => timer.refresh())
        .on("error", () => response.destroy())
        .pipe(response);
    });
    forwarded.on("error", () => {
      if (response.headersSent && !response.writableEnded) response.destroy();
      else refuse(response, 502);
    });
    request.on("error", () => forwarded.destroy()).pipe(forwarded);
  }

  /** `undefined` where there is no such port of a pod that runs. */
  async #portOf({ podId, containerPort }: PodAddress): Promise<number | "closed" | undefined> {
    await this.#pods.tend(podId);
    const history = this.#pods.folders.get(podId);
    if (history === undefined || statusAt(history, this.#pods.clock.nowMs()) !== "RUNNING") return undefined;
    if (history.record.request.ports?.includes(`${containerPort}/http`) !== true) return undefined;
    return this.#pods.portOf(history, containerPort) ?? "closed";
  }
}

/** Pages for people, as those of RunPod's proxy are. */
function refuse(response: ServerResponse, status: number): void {
  if (response.writableEnded) return;
  response.writeHead(status, { "content-type": "text/html" }).end(`<h1>${status}</h1>\n`);
}
