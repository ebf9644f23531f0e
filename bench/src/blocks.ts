// npm run bench:blocks [-- --rounds 60] [--json]: what a validated run costs, beside the checks and the call that it is made of.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { cases } from "./blocks/cases.ts";
import { cpuTimesNs } from "./blocks/cpu-time.ts";
import { table } from "./report/table.ts";

const METHOD = `"bare" is an async function of two compiled TypeBox checks (Compile(schema).Check) around an awaited async function that returns its data; "run" is block.run(data) of
a block with those schemas and that work. "bare 10" is an async function with one check before ten such awaited calls and one after each, 11 in all; "pipe 10" is the run of a
pipe of ten blocks which share the schema. Nobody observes. CPU time of the thread for one run, in nanoseconds; tasks take turns of 20 ms, and the quartile below the
median of the rounds is given, which other work on the machine disturbs least.`;

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "60" }, json: { type: "boolean", default: false } },
});
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`expected --rounds 1 or more, found ${flags.rounds}`);
}

interface Result {
  readonly data: string;
  readonly bareNs: number;
  readonly runNs: number;
  readonly bare10Ns: number;
  readonly pipe10Ns: number;
}

const results: Result[] = [];
for (const { data, tasks } of cases) {
  const [bareNs = 0, runNs = 0, bare10Ns = 0, pipe10Ns = 0] = await cpuTimesNs(tasks, rounds);
  results.push({ data, bareNs, runNs, bare10Ns, pipe10Ns });
}

if (flags.json) {
  console.log(JSON.stringify({ rounds, results }));
} else {
  console.log(`${METHOD}\n\n${cpus()[0]?.model.trim()}, node ${process.versions.node}, ${rounds} rounds\n`);
  const head = ["data", "bare", "run", "x (bar 1.5)", "bare 10", "pipe 10", "x (bar 1.5)"];
  console.log(table(head, results.map(cellsOf)));
}

function cellsOf({ data, bareNs, runNs, bare10Ns, pipe10Ns }: Result): string[] {
  const times = [bareNs, runNs, runNs / bareNs, bare10Ns, pipe10Ns, pipe10Ns / bare10Ns];
  return [data, ...times.map((value, index) => value.toFixed(index % 3 === 2 ? 2 : 0))];
}
