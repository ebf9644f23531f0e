import { pathOf } from "./programs.ts";
import { type Server, startServer } from "./server.ts";

/** What LM Lite brings weights to as it loads them. */
export type Quantization = "int8" | "int4";

export interface ServedModel {
  readonly folder: string;
  /** What requests call it. */
  readonly name: string;
}

export interface ServeOptions {
  /** Longest sequence in tokens, prompt and answer together. */
  readonly maxModelLen: number;
  /** Largest running batch. */
  readonly maxModelConcurrency: number;
  /** Without it weights stay as they are. */
  readonly quantization?: Quantization | undefined;
}

/** Serves models by LM Lite on the CPU, with as many threads as there are cores. */
export async function serveLmLite(models: readonly ServedModel[], options: ServeOptions): Promise<Server> {
  const flags = [
    ...["serve", "--device", "cpu", "--max-model-len", String(options.maxModelLen)],
    ...["--max-model-concurrency", String(options.maxModelConcurrency)],
    ...(options.quantization === undefined ? [] : ["--quantization", options.quantization]),
    ...models.flatMap(({ folder, name }) => ["--model", `${folder}=${name}`]),
  ];
  return startServer(pathOf("LM_LITE_BIN"), flags, async (answer) => {
    const health = (await answer.json()) as { models: { state: string; error?: unknown }[] };
    const failed = health.models.find(({ state }) => state === "failed");
    if (failed !== undefined) throw new Error(`expected the model to load, found ${JSON.stringify(failed)}`);
    return health.models.every(({ state }) => state === "ready");
  });
}

/** A counter of `/metrics`, of one model; 0 before the model was asked anything. */
export async function counterOf({ baseUrl }: Server, counter: string, model: string): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  const line = text.split("\n").find((line) => line.startsWith(`${counter}{model="${model}"}`));
  return Number(line?.split(" ").at(-1) ?? 0);
}
