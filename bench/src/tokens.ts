// npm run bench:tokens [-- --json]: what schemas cost in o200k_base tokens, in MDL and in the notations of others.
import { parseArgs } from "node:util";
import { peerVersions } from "./report/peer-versions.ts";
import { percent, table } from "./report/table.ts";
import { corpusFolder, readCorpus } from "./tokens/corpus.ts";
import { measurePeers } from "./tokens/measure-peers.ts";
import { measureSchema } from "./tokens/measure-schema.ts";
import { peerRatios, refusals, tokenRatios } from "./tokens/token-ratios.ts";

const METHOD = `Tokens of o200k_base. JSON Schema is the schema as it is, without white space; "stripped" is the same without what MDL drops ($schema,
$id, title, $comment, unknown keywords, definitions that nothing refers to). MDL keeps descriptions, defaults, examples and every constraint. Syntax
is what is left of a text's tokens after those of each kept piece of that text, counted alone: names of properties and definitions,
descriptions, values of enums, constants, defaults and examples, patterns, formats, numbers of bounds. BAML is ctx.output_format without its
first sentence, TypeScript what json-schema-to-typescript prints; both leave out bounds, patterns, formats, defaults and examples.`;

const { values: flags } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const folder = corpusFolder();
if (folder === undefined) {
  throw new Error("expected CONDUIT_TEST_DATA to name a folder with jsonschemabench/*.json");
}
const measures = [];
for (const schema of readCorpus(folder)) {
  measures.push({ ...measureSchema(schema), ...(await measurePeers(schema.schema)) });
}

const collections = Object.entries(Object.groupBy(measures, ({ collection }) => collection)).map(
  ([collection, members = []]) => ({ collection, ...tokenRatios(members), peers: peerRatios(members) }),
);
const all = { collection: "all", ...tokenRatios(measures), peers: peerRatios(measures) };
const versions = peerVersions("@boundaryml/baml", "json-schema-to-typescript", "gpt-tokenizer");
const refusedByMdl = refusals(measures.map(({ mdl }) => mdl));
const refusedByBaml = refusals(measures.map(({ bamlTokens }) => bamlTokens));

if (flags.json) {
  console.log(JSON.stringify({ versions, collections, all, refusedByMdl, refusedByBaml, measures }));
} else {
  console.log(`${METHOD}\n\n${versions}\n`);
  console.log("MDL against JSON Schema\n");
  console.log(
    table(
      ["collection", "schemas", "refused", "median", "sum", "syntax", "of stripped: median", "sum", "syntax"],
      [...collections, all].map(({ collection, schemas, refused, stripped, ...whole }) => [
        ...[collection, String(schemas), String(refused)],
        ...[whole, stripped].flatMap(({ median, sum, syntax }) => [median, sum, syntax].map(percent)),
      ]),
    ),
  );
  console.log("\nAll notations against JSON Schema, over the schemas that each of them has: median, sum\n");
  console.log(
    table(
      ["collection", "schemas", "MDL", "", "BAML", "", "TypeScript", ""],
      [...collections, all].map(({ collection, peers: { schemas, mdl, baml, typescript } }) => [
        ...[collection, String(schemas)],
        ...[mdl, baml, typescript].flatMap(({ median, sum }) => [percent(median), percent(sum)]),
      ]),
    ),
  );
  for (const [name, reasons] of Object.entries({ MDL: refusedByMdl, BAML: refusedByBaml })) {
    console.log(`\nRefused by ${name}:`);
    for (const [reason, count] of reasons) console.log(`${String(count).padStart(5)}  ${reason}`);
  }
}
