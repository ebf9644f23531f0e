import { median } from "../report/statistics.ts";
import { percent } from "../report/table.ts";
import { completeAll } from "./completions.ts";
import { counterOf, serveLmLite } from "./lm-lite.ts";
import { randomQwen3 } from "./models.ts";
import { summarize, takeTurns } from "./rounds.ts";
import type { MeasureOptions, Section } from "./section.ts";
import type { Server } from "./server.ts";

const CLIENTS = 8;
const MODEL = "bench";

/** Arrays that are longer than any answer here, so that no answer ends before its limit. */
const MIN_ITEMS = 500;
const SCHEMAS = [
  {
    name: "values: texts, numbers, words of a list",
    schema: arrayOf({
      anyOf: [
        { type: "string", maxLength: 40 },
        { type: "integer" },
        { type: "number" },
        { enum: ["red", "green", "blue", "colourless"] },
      ],
    }),
  },
  {
    name: "records: most tokens are names of fields",
    schema: arrayOf({
      type: "object",
      properties: {
        identifier: { type: "integer", minimum: 0, maximum: 99_999 },
        description: { type: "string", maxLength: 40 },
        isAvailable: { type: "boolean" },
      },
      required: ["identifier", "description", "isAvailable"],
      additionalProperties: false,
    }),
  },
];

interface Rate {
  /** Tokens of answers in a second, those left out that a grammar forced. */
  readonly chosen: number;
  readonly all: number;
}

/** Throughput with a grammar beside that without. */
export async function measureGrammarCost({ rounds, quick }: MeasureOptions): Promise<Section> {
  const answerTokens = quick ? 8 : 96;
  const model = { folder: await randomQwen3(0), name: MODEL };
  await using server = await serveLmLite([model], { maxModelLen: 1_024, maxModelConcurrency: CLIENTS });
  const rows: string[][] = [];
  for (const { name, schema } of SCHEMAS) {
    const format = { type: "json_schema", json_schema: { name: "bench", strict: true, schema } };
    // Grammars are compiled, plans recorded and prompts cached before anything counts.
    await rate(server, format, answerTokens);
    await rate(server, undefined, answerTokens);
    const turns = await takeTurns(
      rounds,
      () => rate(server, format, answerTokens),
      () => rate(server, undefined, answerTokens),
    );
    const ratios = (of: (rate: Rate) => number) =>
      summarize(turns.map(({ first, second }) => ({ first: of(first), second: second.all })));
    const chosen = ratios((rate) => rate.chosen);
    const forcedShare = median(turns.map(({ first }) => 1 - first.chosen / first.all));
    rows.push([
      name,
      chosen.first.toFixed(1),
      chosen.second.toFixed(1),
      chosen.ratio.toFixed(3),
      ratios((rate) => rate.all).ratio.toFixed(3),
      percent(forcedShare),
    ]);
  }
  return {
    title: "Throughput with a grammar beside that without",
    method: `${CLIENTS} clients with ${answerTokens} tokens each of an answer as the model's defaults sample it, Qwen3's vocabulary, prompts in the cache. Tokens that the grammar left no choice in are not counted, though
what it takes to compute them is; the ratio with all tokens stands beside. Aim 0.97 without them. Turns with and without; medians of ${rounds} rounds, ratios of the rounds' ratios.`,
    head: ["", "on, tokens/s", "off, tokens/s", "ratio", "ratio, all tokens", "forced"],
    rows,
  };
}

function arrayOf(items: object): object {
  return { type: "array", minItems: MIN_ITEMS, items };
}

async function rate(server: Server, format: object | undefined, answerTokens: number): Promise<Rate> {
  const forced = () => counterOf(server, "lm_lite_forced_tokens_total", MODEL);
  const before = await forced();
  const requests = Array.from({ length: CLIENTS }, (_, client) => ({
    model: MODEL,
    messages: [{ role: "user", content: `List what you know of number ${client}.` }],
    max_tokens: answerTokens,
    chat_template_kwargs: { enable_thinking: false },
    ...(format === undefined ? {} : { response_format: format }),
  }));
  const { tokens, seconds } = await completeAll(server, "chat/completions", requests);
  if (tokens !== CLIENTS * answerTokens) {
    throw new Error(`expected ${CLIENTS * answerTokens} tokens, found ${tokens}: an answer has ended early`);
  }
  return { chosen: (tokens - ((await forced()) - before)) / seconds, all: tokens / seconds };
}
