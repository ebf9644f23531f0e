import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { quantile } from "../report/statistics.ts";
import { percent } from "../report/table.ts";
import { corpusFolder } from "../tokens/corpus.ts";
import { pathOf } from "./programs.ts";
import { runProgram } from "./run-program.ts";
import type { MeasureOptions, Section } from "./section.ts";

/** A line of native/lm-lite/examples/grammar-speed.rs. */
interface Outcome {
  readonly error: string | null;
  readonly compile_ms: number;
  readonly mask_ms: readonly number[];
  readonly tokens: number;
  readonly forced_tokens: number;
  readonly whole: readonly boolean[];
}

/** How long grammars of real schemas take to compile, and their masks along valid instances. */
export async function measureSchemaSpeed({ quick }: MeasureOptions): Promise<Section> {
  const folder = corpusFolder();
  if (folder === undefined) {
    throw new Error("CONDUIT_TEST_DATA is not set; let it name the folder that has jsonschemabench");
  }
  const files = globSync(join(folder, "*.json")).sort();
  const tasks = files.filter((_, index) => !quick || index % 10 === 0).map(readTask);
  const input = tasks.map((task) => `${JSON.stringify(task)}\n`).join("");
  const output = await runProgram(pathOf("GRAMMAR_SPEED_BIN"), [pathOf("QWEN3_TOKENIZER")], input);
  const outcomes = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome);
  const compiled = outcomes.filter(({ error }) => error === null);
  const compileMs = compiled.map(({ compile_ms }) => compile_ms);
  const maskMs = compiled.flatMap(({ mask_ms }) => mask_ms);
  const whole = compiled.flatMap(({ whole }) => whole);
  const total = (of: (outcome: Outcome) => number) => compiled.reduce((sum, one) => sum + of(one), 0);
  const times = (values: readonly number[], aims: readonly [string, string]) => [
    String(values.length),
    `${quantile(values, 0.5).toFixed(3)} ms${aims[0]}`,
    `${quantile(values, 0.99).toFixed(3)} ms${aims[1]}`,
    `${Math.max(...values).toFixed(1)} ms`,
  ];
  return {
    title: "Grammars of real schemas",
    method: `${tasks.length} schemas of jsonschemabench, Qwen3's vocabulary, CPU time of one thread, nothing warm but the vocabulary. ${compiled.length} compile (${percent(compiled.length / tasks.length)}, aim 84 %). Compiling reaches to the first mask, all others are
those of ${whole.length} valid instances, token by token (${whole.filter(Boolean).length} came to their end), without the ${total(({ forced_tokens }) => forced_tokens)} of ${total(({ tokens }) => tokens)} tokens that were forced. That instances are accepted or
rejected as they should be is tested in tests/grammar-conformance.test.ts.`,
    head: ["", "number", "p50", "p99", "longest"],
    rows: [
      ["compile", ...times(compileMs, [" (aim 5)", ""])],
      ["mask", ...times(maskMs, ["", " (aim 1)"])],
    ],
  };
}

/** A schema with its valid instances as compact JSON, numbers as they were written. */
function readTask(file: string): { name: string; schema: unknown; instances: readonly string[] } {
  const text = readFileSync(file, "utf8");
  const { schema } = JSON.parse(text) as { schema: unknown };
  const { tests } = parseRaw(text) as { tests: readonly { valid: boolean; data: unknown }[] };
  const instances = tests.filter(({ valid }) => valid).map(({ data }) => JSON.stringify(data));
  return { name: basename(file, ".json"), schema, instances };
}

/** What the language has beyond the compiler's library: the text of numbers. */
interface RawJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
}

function parseRaw(text: string): unknown {
  const json = JSON as unknown as RawJson;
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" ? json.rawJSON(source) : value,
  );
}
