import { serveLlama } from "../llama-cpp.ts";
import { serveLmLite } from "../lm-lite.ts";
import { randomQwen3 } from "../models.ts";
import { compare } from "../rounds.ts";
import type { MeasureOptions, Section } from "../section.ts";
import { peerVersion } from "./report.ts";
import { BF16, peerFileOf } from "./weights.ts";

const MAX_MODEL_LEN = 1_024;

/** From the start of a server's process until it is ready, its files in the page cache. */
export async function measurePeerReady({ rounds }: MeasureOptions): Promise<Section> {
  const folder = await randomQwen3(0);
  const file = await peerFileOf(folder, BF16);
  const start = async () => {
    await using server = await serveLmLite([{ folder, name: "bench" }], {
      maxModelLen: MAX_MODEL_LEN,
      maxModelConcurrency: 1,
    });
    return server.readySeconds;
  };
  const peerStart = async () => {
    await using server = await serveLlama(file, { sequences: 1, maxModelLen: MAX_MODEL_LEN });
    return server.readySeconds;
  };
  // The page cache is warm after that.
  await start();
  await peerStart();
  const { first, second, ratio } = await compare(rounds, start, peerStart);
  return {
    title: "Time to ready beside llama-server",
    method: `From the start of the process to the first answer of /health that says so, asked every 10 ms; files in the page cache, one sequence of ${MAX_MODEL_LEN} tokens. LM Lite's time includes reading the tokenizer,
llama-server's its warm-up run. Turns, medians of ${rounds} rounds. ${await peerVersion()}`,
    head: ["", "LM Lite, s", "llama-server, s", "ratio", "aim"],
    rows: [[BF16.name, first.toFixed(2), second.toFixed(2), ratio.toFixed(2), "< 0.50"]],
  };
}
