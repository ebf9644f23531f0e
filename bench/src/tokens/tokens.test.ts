import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { corpusFolder, readCorpus } from "./corpus.ts";
import { measureSchema } from "./measure-schema.ts";
import { refusals, tokenRatios } from "./token-ratios.ts";

const folder = corpusFolder();
const skip = folder === undefined ? "CONDUIT_TEST_DATA, the folder of jsonschemabench, is not set" : false;

describe("MDL against minified JSON Schema, in o200k_base tokens", { skip }, () => {
  const measures = readCorpus(folder ?? "").map(measureSchema);
  const ratios = tokenRatios(measures);

  test("has 500 schemas to compare", () => {
    assert.equal(measures.length, 500);
  });

  test("expresses at least 85 % of the schemas", () => {
    const reasons = refusals(measures.map(({ mdl }) => mdl));
    assert.ok(ratios.schemas >= 0.85 * measures.length, JSON.stringify(reasons));
  });

  test("takes at most half the tokens on the median", () => {
    assert.ok(ratios.median <= 0.5, `median ${ratios.median}`);
  });

  test("takes at most 60 % of the tokens in sum", () => {
    assert.ok(ratios.sum <= 0.6, `sum ${ratios.sum}`);
  });

  test("takes at most a quarter of the tokens of syntax", () => {
    assert.ok(ratios.syntax <= 0.25, `syntax ${ratios.syntax}`);
  });
});
