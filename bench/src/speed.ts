// npm run bench:speed [-- --rounds 15] [--json]: what parsing and streaming answers costs, beside others in the same run.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { peerVersions } from "./report/peer-versions.ts";
import { table } from "./report/table.ts";
import type { Timing } from "./speed/interleaved.ts";
import { type ParsingRow, timeParsing } from "./speed/time-parsing.ts";
import {
  CHUNK_LENGTH,
  type StreamingResult,
  timeStreaming,
  timeStreamingBesidePeers,
} from "./speed/time-streaming.ts";

const METHOD = `Contenders take turns in one process; a turn repeats the work for at least 20 ms, and what takes over 2 s is timed once. Times are medians over the rounds;
± is half of what lies between the quartiles. "x" is against "mdl, TypeBox", so above 1 mdl is faster. Every result is compared with the value that was
written: "throws" and "another value" are contenders that do not bring it back.`;

const STREAMED_BYTES = 1_000_000;
const SHORT_STREAMED_BYTES = 32_000;

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`expected --rounds 1 or more, found ${flags.rounds}`);
const versions = peerVersions("@boundaryml/baml", "zod", "partial-json", "ai", "typebox");

// First, since code that has seen damaged answers and the schemas of others is compiled for these too.
const streaming = await timeStreaming(STREAMED_BYTES, rounds);
const parsing: ParsingRow[] = [];
for await (const row of timeParsing(rounds)) {
  parsing.push(row);
  if (!flags.json) console.error(`${row.answer}, ${row.bytes} bytes`);
}
const besidePeers = await timeStreamingBesidePeers(SHORT_STREAMED_BYTES, Math.ceil(rounds / 3));

if (flags.json) {
  console.log(JSON.stringify({ versions, rounds, parsing, streaming, besidePeers }));
} else {
  console.log(`${METHOD}\n\n${cpus()[0]?.model.trim()}, ${rounds} rounds, ${versions}\n`);
  const names = parsing[0]?.results.map(([name]) => name) ?? [];
  console.log(table(["answer", "bytes", ...names], parsing.map(parsingCells)));
  for (const result of streaming) printStreaming(result);
  printStreaming(besidePeers);
  const factor = (STREAMED_BYTES / besidePeers.bytes) ** 2;
  console.log(`\nExtrapolated to ${STREAMED_BYTES} bytes, as the square of the length:`);
  for (const { name, medianMs } of besidePeers.timings.slice(2)) {
    console.log(`  ${name} ${milliseconds(medianMs * factor)}`);
  }
}

function parsingCells({ answer, bytes, results }: ParsingRow): string[] {
  const [, base] = results[0] ?? [];
  return [
    answer,
    String(bytes),
    ...results.map(([, result]) => {
      if (typeof result === "string") return result;
      const isCompared = typeof base === "object" && result !== base;
      return isCompared ? `${withSpread(result)}, ${times(result, base)}` : withSpread(result);
    }),
  ];
}

function printStreaming({ answer, bytes, timings }: StreamingResult): void {
  const [atOnce] = timings;
  console.log(
    `\n${answer}, ${bytes} bytes in chunks of ${CHUNK_LENGTH} characters, against one parse of the whole:\n`,
  );
  console.log(
    table(
      ["", "time", "of one parse"],
      timings.map((timing) => [timing.name, withSpread(timing), atOnce ? times(timing, atOnce) : ""]),
    ),
  );
}

function withSpread({ medianMs, lowerQuartileMs, upperQuartileMs, rounds }: Timing): string {
  if (rounds === 1) return `${milliseconds(medianMs)} once`;
  const spread = (100 * (upperQuartileMs - lowerQuartileMs)) / 2 / medianMs;
  return `${milliseconds(medianMs)} ±${spread.toFixed(0)} %`;
}

function times(timing: Timing, base: Timing): string {
  return `${(timing.medianMs / base.medianMs).toFixed(2)}x`;
}

function milliseconds(ms: number): string {
  if (ms < 1) return `${digits(ms * 1000)} µs`;
  return ms < 1000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`;
}

function digits(value: number): string {
  return value < 100 ? value.toPrecision(3) : value.toFixed(0);
}
