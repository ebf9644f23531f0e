import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { STAND_IN_KEY } from "./api/keys.ts";
import { FileClock } from "./file-clock.ts";
import { type PodProgram, processLauncher } from "./launch/process-launcher.ts";
import { RunpodServer, type RunpodServerOptions } from "./runpod-server.ts";

/** What a test looks at in the answer of any operation. */
export interface SeenBody {
  readonly id?: string;
  readonly name?: string;
  readonly status?: string | number;
  readonly actions?: readonly string[];
  readonly cost?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly gpu?: { readonly id: string; readonly count: number };
  readonly dataCenterId?: string;
  readonly cudaVersion?: string;
  readonly createdAt?: string;
  readonly startedAt?: string | null;
  readonly runtime?: {
    readonly uptime: number;
    readonly ports: readonly { readonly public: number }[];
  } | null;
  readonly pods?: readonly SeenBody[];
  readonly gpus?: readonly SeenBody[];
  readonly dataCenters?: readonly SeenBody[];
  readonly networkVolumes?: readonly SeenBody[];
  readonly registries?: readonly SeenBody[];
  readonly availability?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly string[];
  readonly data?: { readonly myself: { readonly id: string } };
}

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly body: SeenBody;
}

export const podRequest = {
  name: "a-1",
  image: "conduit/lm-lite:1",
  gpu: { id: "NVIDIA L4", count: 1 },
  ports: ["8000/http"],
  disk: 72,
};

/** A small program for pods, which shows what it was given. */
export const echoProgram: PodProgram = {
  executable: process.execPath,
  arguments: [fileURLToPath(new URL("./echo-program.ts", import.meta.url)), "{portFile}", "{holders}"],
  containerPort: 8000,
};

/** A folder for one test, with a clock that only the test moves. */
export class ServerFixture implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "rs-"));
  readonly clockFile = join(this.directory, "clock");
  readonly clock = new FileClock(this.clockFile);
  readonly #servers: RunpodServer[] = [];

  async start(options: Partial<RunpodServerOptions> = {}): Promise<RunpodServer> {
    const { directory, clock } = this;
    const server = await RunpodServer.start({ directory, clock, ...options });
    this.#servers.push(server);
    return server;
  }

  startWithPrograms(options: Partial<RunpodServerOptions> = {}): Promise<RunpodServer> {
    return this.start({ launcher: processLauncher(echoProgram), ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      await server[Symbol.asyncDispose]();
      server.endPrograms();
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Makes a request with the stand-in's key. */
export async function ask(
  { url }: { readonly url: string },
  method: string,
  path: string,
  { body, key = STAND_IN_KEY, headers = {} }: AskOptions = {},
): Promise<Seen> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
}

export interface AskOptions {
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Creates a pod; its id. */
export async function create(server: RunpodServer, change: object = {}): Promise<string> {
  const { status, body } = await ask(server, "POST", "/v2/pods", { body: { ...podRequest, ...change } });
  if (status !== 201 || body.id === undefined)
    throw new Error(`expected a pod, but found ${status} ${body.detail}`);
  return body.id;
}

/** How a pod is found: its status in the API, or the HTTP status where that is an error. */
export async function statusOf(server: RunpodServer, id: string): Promise<unknown> {
  const { status, body } = await ask(server, "GET", `/v2/pods/${id}`);
  return status === 200 ? body.status : status;
}

export async function namesOf(server: RunpodServer): Promise<unknown[]> {
  const { body } = await ask(server, "GET", "/v2/pods");
  return (body.pods ?? []).map(({ name }) => name);
}

/** Waits for something that another process does. */
export async function until<T>(find: () => Promise<T | undefined>, timeoutMs = 300_000): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`expected an answer within ${timeoutMs} ms`);
    await delay(25);
  }
}

/** Asks a pod's program through the proxy until it answers. */
export function untilItAnswers(url: string, init: RequestInit = {}): Promise<EchoAnswer> {
  const answer = async (): Promise<EchoAnswer | undefined> => {
    const response = await fetch(url, init);
    const text = await response.text();
    return response.ok ? JSON.parse(text) : undefined;
  };
  // A slow machine meets the limit of the proxy.
  return until(() => answer().catch(() => undefined));
}

/** What the program of {@link echoProgram} says. */
export interface EchoAnswer {
  readonly pid: number;
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly env: Readonly<Record<string, string>>;
}
