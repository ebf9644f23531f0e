import { completionRate } from "../completions.ts";
import { serveLlama } from "../llama-cpp.ts";
import { serveLmLite } from "../lm-lite.ts";
import { randomQwen3 } from "../models.ts";
import { compare } from "../rounds.ts";
import type { MeasureOptions, Section } from "../section.ts";
import { peerMethod, RATE_HEAD, rateRow } from "./report.ts";
import { BF16, INT8, peerFileOf } from "./weights.ts";

const CLIENTS = 8;
const MAX_MODEL_LEN = 1_024;
const ROWS = [
  { weights: BF16, aim: "1.10" },
  { weights: INT8, aim: "1.50" },
];

/** The servers, with several clients at once. */
export async function measurePeerServers({ rounds, quick }: MeasureOptions): Promise<Section> {
  const job = { batch: CLIENTS, promptTokens: quick ? 30 : 300, answerTokens: quick ? 4 : 48 };
  const folder = await randomQwen3(0);
  const rows: string[][] = [];
  for (const { weights, aim } of ROWS) {
    await using ours = await serveLmLite([{ folder, name: "bench" }], {
      maxModelLen: MAX_MODEL_LEN,
      maxModelConcurrency: CLIENTS,
      quantization: weights.quantization,
    });
    const file = await peerFileOf(folder, weights);
    await using theirs = await serveLlama(file, { sequences: CLIENTS, maxModelLen: MAX_MODEL_LEN });
    const serve = () => completionRate(ours, "bench", job);
    const peerServe = () => completionRate(theirs, "bench", job);
    await serve();
    await peerServe();
    rows.push(rateRow(weights.name, await compare(rounds, serve, peerServe), aim));
  }
  return {
    title: `${CLIENTS} clients beside llama-server`,
    method: `Each client sends a prompt of its own of ${job.promptTokens} tokens and gets ${job.answerTokens} tokens. Tokens of answers by the time from the first request to the end of the last answer, prompts included.
${await peerMethod(rounds)}`,
    head: RATE_HEAD,
    rows,
  };
}
