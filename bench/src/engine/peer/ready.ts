import { median } from "../../report/statistics.ts";
import { serveLlama } from "../llama-cpp.ts";
import { serveLmLite } from "../lm-lite.ts";
import { randomQwen3, smallQwen3 } from "../models.ts";
import { compare } from "../rounds.ts";
import type { MeasureOptions, Section } from "../section.ts";
import { peerVersion } from "./report.ts";
import { BF16, peerFileOf } from "./weights.ts";

const MAX_MODEL_LEN = 1_024;

/** From the start of a server's process until it is ready, its files in the page cache. */
export async function measurePeerReady({ rounds }: MeasureOptions): Promise<Section> {
  const folder = await randomQwen3(0);
  const small = await smallQwen3();
  const file = await peerFileOf(folder, BF16);
  const start = async (folder: string) => {
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
  await start(folder);
  await start(small);
  await peerStart();
  const smallSeconds: number[] = [];
  const beyondSeconds: number[] = [];
  const { first, second, ratio } = await compare(
    rounds,
    async () => {
      const smallOne = await start(small);
      const seconds = await start(folder);
      smallSeconds.push(smallOne);
      beyondSeconds.push(seconds - smallOne);
      return seconds;
    },
    peerStart,
  );
  return {
    title: "Time to ready beside llama-server",
    method: `From the start of the process to the first answer of /health that says so, asked every 10 ms; files in the page cache, one sequence of ${MAX_MODEL_LEN} tokens. llama-server's time includes its warm-up run. LM Lite is
also started with a model of four layers of 128 features that has the same tokenizer: what it takes longer with the large one is beyond reading the tokenizer. Turns, medians of ${rounds} rounds. ${await peerVersion()}`,
    head: ["", "LM Lite, s", "llama-server, s", "ratio", "aim", "small model, s", "beyond it, s", "aim"],
    rows: [
      [
        ...[BF16.name, first.toFixed(2), second.toFixed(2), ratio.toFixed(2), "0.50"],
        ...[median(smallSeconds).toFixed(2), median(beyondSeconds).toFixed(2), "< 1"],
      ],
    ],
  };
}
