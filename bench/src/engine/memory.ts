import { completionRate } from "./completions.ts";
import { ggufOf } from "./gguf/gguf-of.ts";
import { llamaCpp, serveLlama } from "./llama-cpp.ts";
import { serveLmLite } from "./lm-lite.ts";
import { randomQwen3 } from "./models.ts";
import { type ResidentMemory, residentMemory } from "./resident-memory.ts";
import type { MeasureOptions, Section } from "./section.ts";
import type { Server } from "./server.ts";

const SEEDS = [0, 1];
const CLIENTS = 4;
const MAX_MODEL_LEN = 1_024;
const JOB = { batch: CLIENTS, promptTokens: 200 };

/** What two models take in one process of LM Lite, and in a llama-server each. */
export async function measureMemory({ quick }: MeasureOptions): Promise<Section> {
  const answerTokens = quick ? 4 : 64;
  const folders = await Promise.all(SEEDS.map(randomQwen3));
  const ours = await measureOurs(folders, answerTokens);
  const theirs = await measureTheirs(folders, answerTokens);
  const total = theirs.reduce((sum, one) => ({
    residentBytes: sum.residentBytes + one.residentBytes,
    proportionalBytes: sum.proportionalBytes + one.proportionalBytes,
    anonymousBytes: sum.anonymousBytes + one.anonymousBytes,
  }));
  const row = (name: string, memory: ResidentMemory): string[] => [
    name,
    mebibytes(memory.residentBytes),
    mebibytes(memory.proportionalBytes),
    mebibytes(memory.anonymousBytes),
  ];
  const { version, compiler } = await llamaCpp();
  return {
    title: "Two models in one process beside two llama-servers",
    method: `Two models of Qwen3-0.6B's shape with different random weights, bf16; ours from safetensors, llama.cpp's from GGUF files of the same bits. Each serves ${CLIENTS} sequences of ${MAX_MODEL_LEN} tokens, KV cache in 16 bits,
and has answered ${CLIENTS} prompts of ${JOB.promptTokens} tokens a model with ${answerTokens} tokens. MiB of /proc/<pid>/smaps_rollup; resident memory has the weights, which are mapped from files.
llama.cpp ${version}, ${compiler}, GGML_NATIVE, with --cache-ram 0.`,
    head: ["", "resident", "proportional", "anonymous"],
    rows: [
      row("LM Lite, one process", ours),
      row("llama-server, two processes", total),
      [
        "ratio",
        (ours.residentBytes / total.residentBytes).toFixed(3),
        (ours.proportionalBytes / total.proportionalBytes).toFixed(3),
        (ours.anonymousBytes / total.anonymousBytes).toFixed(3),
      ],
    ],
  };
}

async function measureOurs(folders: readonly string[], answerTokens: number): Promise<ResidentMemory> {
  const models = folders.map((folder, index) => ({ folder, name: `model-${index}` }));
  await using server = await serveLmLite(models, {
    maxModelLen: MAX_MODEL_LEN,
    maxModelConcurrency: CLIENTS,
  });
  for (const { name } of models) await completionRate(server, name, { ...JOB, answerTokens });
  return residentMemory(server.processId);
}

async function measureTheirs(
  folders: readonly string[],
  answerTokens: number,
): Promise<readonly ResidentMemory[]> {
  const files = await Promise.all(folders.map(ggufOf));
  await using stack = new AsyncDisposableStack();
  const servers: Server[] = [];
  for (const file of files) {
    servers.push(stack.use(await serveLlama(file, { sequences: CLIENTS, maxModelLen: MAX_MODEL_LEN })));
  }
  for (const server of servers) await completionRate(server, "any", { ...JOB, answerTokens });
  return servers.map(({ processId }) => residentMemory(processId));
}

function mebibytes(bytes: number): string {
  return (bytes / 1_024 / 1_024).toFixed(0);
}
