// npm run bench:engine [-- --quick] [--only throughput,grammar,peer] [--rounds 5] [--json]: the engine beside its own kernels, beside
// itself without grammars and with its own quantisation, and beside llama.cpp; `peer` stands for all parts whose names begin with `peer-`.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { chooseParts } from "./engine/choose-parts.ts";
import { measureFirstToken } from "./engine/first-token.ts";
import { measureGrammarCost } from "./engine/grammar-cost.ts";
import { measureMemory } from "./engine/memory.ts";
import { measurePeerBatch } from "./engine/peer/batch.ts";
import { measurePeerDecode } from "./engine/peer/decode.ts";
import { measurePeerLongContext } from "./engine/peer/long-context.ts";
import { measurePeerOverhead } from "./engine/peer/overhead.ts";
import { measurePeerPrompt } from "./engine/peer/prompt.ts";
import { measurePeerReady } from "./engine/peer/ready.ts";
import { measurePeerServers } from "./engine/peer/servers.ts";
import { measurePrequantized } from "./engine/prequantized.ts";
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
  prequantized: measurePrequantized,
  "peer-decode": measurePeerDecode,
  "peer-prompt": measurePeerPrompt,
  "peer-long-context": measurePeerLongContext,
  "peer-batch": measurePeerBatch,
  "peer-servers": measurePeerServers,
  "peer-ready": measurePeerReady,
  "peer-overhead": measurePeerOverhead,
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
const chosen = chooseParts(Object.keys(MEASUREMENTS), flags.only);

if (!flags.json) {
  const quick = flags.quick ? "; --quick, to see that it works: these are no figures" : "";
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, node ${process.versions.node}, ${rounds} rounds${quick}`,
  );
}
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  if (!chosen.includes(name)) continue;
  const section: Section = await measure({ rounds, quick: flags.quick });
  const { title, method, head, rows } = section;
  console.log(flags.json ? JSON.stringify(section) : `\n## ${title}\n\n${method}\n\n${table(head, rows)}`);
}
