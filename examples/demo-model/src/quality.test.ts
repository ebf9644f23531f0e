import { test } from "node:test";
import { checkoutExamples } from "./checkout-listings.ts";
import { syntheticExamples } from "./held-out.ts";
import { HELD_OUT_SEEDS } from "./held-out-seeds.ts";
import { assertQuality } from "./testing/assert-quality.ts";

test("reads listings of the generator and of this checkout", () =>
  assertQuality([
    // Each length once: few listings, so one bad one must not decide; quality.full.test.ts has the bars themselves.
    { name: "synthetic", examples: syntheticExamples(41), bars: { upTo20: 0.96, from21To40: 0.9 } },
    {
      name: "checkout",
      examples: checkoutExamples(HELD_OUT_SEEDS.last, 4),
      bars: { upTo20: 0.96, from21To40: 0.9 },
    },
  ]));
