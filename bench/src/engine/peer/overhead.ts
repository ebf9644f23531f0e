import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { completionRate } from "../completions.ts";
import { serveLlama } from "../llama-cpp.ts";
import { serveLmLite } from "../lm-lite.ts";
import { randomQwen3 } from "../models.ts";
import { residentMemory } from "../resident-memory.ts";
import type { MeasureOptions, Section } from "../section.ts";
import type { Server } from "../server.ts";
import { peerVersion } from "./report.ts";
import { BF16, peerFileOf } from "./weights.ts";

const CLIENTS = 4;
/** Room of a sequence, of which the answers leave nothing: both engines have touched all of their caches. */
const MAX_MODEL_LEN = 512;
const CACHE_NUMBER_BYTES = 2;

interface Footprint {
  readonly residentBytes: number;
  readonly weightBytes: number;
  readonly cacheBytes: number;
}

/** What a server holds beside weights and KV cache. */
export async function measurePeerOverhead({ quick }: MeasureOptions): Promise<Section> {
  const answerTokens = quick ? 4 : 24;
  const job = { batch: CLIENTS, promptTokens: MAX_MODEL_LEN - 8 - answerTokens, answerTokens };
  const folder = await randomQwen3(0);
  const cacheBytes = CLIENTS * MAX_MODEL_LEN * cacheBytesOfToken(folder);
  const footprint = async (server: Server, weights: string): Promise<Footprint> => {
    await completionRate(server, "bench", job);
    const { residentBytes } = residentMemory(server.processId);
    return { residentBytes, weightBytes: statSync(weights).size, cacheBytes };
  };
  const measureOurs = async () => {
    await using server = await serveLmLite([{ folder, name: "bench" }], {
      maxModelLen: MAX_MODEL_LEN,
      maxModelConcurrency: CLIENTS,
    });
    return await footprint(server, join(folder, "model.safetensors"));
  };
  const measureTheirs = async () => {
    const file = await peerFileOf(folder, BF16);
    await using server = await serveLlama(file, { sequences: CLIENTS, maxModelLen: MAX_MODEL_LEN });
    return await footprint(server, file);
  };
  const rows = [row("LM Lite", await measureOurs()), row("llama-server", await measureTheirs())];
  return {
    title: "Memory beside weights and KV cache, beside llama-server",
    method: `MiB resident (/proc/<pid>/smaps_rollup) after ${CLIENTS} sequences of ${job.promptTokens + answerTokens} of ${MAX_MODEL_LEN} tokens, the file of the weights and a cache of 16 bits taken off. The aim is llama-server's with LM Lite's trie of tokens added.
${await peerVersion()}`,
    head: ["", "resident", "weights", "KV cache", "beside them"],
    rows,
  };
}

function cacheBytesOfToken(folder: string): number {
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as {
    num_hidden_layers: number;
    num_key_value_heads: number;
    head_dim: number;
  };
  // Keys and values.
  const numbers = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim;
  return CACHE_NUMBER_BYTES * numbers;
}

function row(name: string, { residentBytes, weightBytes, cacheBytes }: Footprint): string[] {
  const beside = residentBytes - weightBytes - cacheBytes;
  return [name, ...[residentBytes, weightBytes, cacheBytes, beside].map(mebibytes)];
}

function mebibytes(bytes: number): string {
  return (bytes / 1_024 / 1_024).toFixed(0);
}
