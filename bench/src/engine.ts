// npm run bench:engine [-- --quick] [--only throughput,first-token,grammar,schemas,memory,peer] [--rounds 5] [--json]: the engine
// beside its own kernels, beside itself without grammars, and beside llama.cpp's server.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureFirstToken } from "./engine/first-token.ts";
import { measureGrammarCost } from "./engine/grammar-cost.ts";
import { measureMemory } from "./engine/memory.ts";
import { measurePeer } from "./engine/peer.ts";
import { measureSchemaSpeed } from "./engine/schema-speed.ts";
import type { Section } from "./engine/section.ts";
import { measureThroughput } from "./engine/throughput.ts";
import { table } from "./report/table.ts";

const MEASUREMENTS = {
  throughput: measureThroughput,
  "first-token": measureFirstToken,
  grammar: measureGrammarCost,
  schemas: measureSchemaSpeed,
  memory: measureMemory,
  peer: measurePeer,
};

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: Object.keys(MEASUREMENTS).join(",") },
    rounds: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(flags.rounds ?? (flags.quick ? "1" : "5"));
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`expected --rounds 1 or more, found ${flags.rounds}`);
}
const names = flags.only.split(",");
const chosen = Object.entries(MEASUREMENTS).filter(([name]) => names.includes(name));
if (chosen.length !== names.length) {
  throw new Error(`expected --only with some of ${Object.keys(MEASUREMENTS).join(",")}, found ${flags.only}`);
}

if (!flags.json) {
  const quick = flags.quick ? "; --quick, to see that it works: these are no figures" : "";
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, node ${process.versions.node}, ${rounds} rounds${quick}`,
  );
}
for (const [, measure] of chosen) {
  const section: Section = await measure({ rounds, quick: flags.quick });
  const { title, method, head, rows } = section;
  console.log(flags.json ? JSON.stringify(section) : `\n## ${title}\n\n${method}\n\n${table(head, rows)}`);
}
