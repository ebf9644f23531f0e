import { complete } from "./completions.ts";
import { serveLmLite } from "./lm-lite.ts";
import { randomQwen3 } from "./models.ts";
import { type Round, summarize } from "./rounds.ts";
import type { MeasureOptions, Section } from "./section.ts";

/** The time to the first token with a long system prompt, before and after another request has had the same one. */
export async function measureFirstToken({ rounds, quick }: MeasureOptions): Promise<Section> {
  const words = quick ? 200 : 1_200;
  const model = { folder: await randomQwen3(0), name: "bench" };
  await using server = await serveLmLite([model], { maxModelLen: 2_048, maxModelConcurrency: 8 });
  const ask = async (system: string, user: string): Promise<number> => {
    const messages = [
      { role: "system", content: system },
      { role: "user", content: user },
    ];
    const request = { model: model.name, messages, max_tokens: 1, temperature: 0 };
    return (await complete(server, "chat/completions", request)).seconds * 1_000;
  };
  await ask("Answer.", "Hello");
  const results: Round<number>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const system = `Rules of round ${round} ${Math.random()}: ${" rule".repeat(words)}`;
    const second = await ask(system, "What is the first of the rules?");
    results.push({ first: await ask(system, "How many rules are there in all?"), second });
  }
  const { first: warmMs, second: coldMs, ratio } = summarize(results);
  return {
    title: "Time to the first token with the same system prompt",
    method: `One client; a system prompt of ${words} words, a new one in each of ${rounds} rounds, is sent with two different questions, one after the other. Time of the whole request with an answer of one
token, median; the ratio is the median of the rounds' ratios.`,
    head: ["", "cold, ms", "warm, ms", "ratio", "aim"],
    rows: [
      [`system prompt of ${words} words`, coldMs.toFixed(0), warmMs.toFixed(0), ratio.toFixed(3), "< 0.25"],
    ],
  };
}
