import { test } from "node:test";
import { realExamples, syntheticExamples } from "./held-out.ts";
import { BARS } from "./score.ts";
import { assertQuality } from "./testing/assert-quality.ts";

test("reads 500 listings of the generator", () =>
  assertQuality([{ name: "synthetic", examples: syntheticExamples(500), bars: BARS }]));

test("reads 100 listings of the real ls with nasty names", async () =>
  assertQuality([{ name: "real", examples: await realExamples(100), bars: BARS }]));
