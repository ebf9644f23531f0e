import { test } from "node:test";
import { assertQuality } from "./testing/assert-quality.ts";

// Few listings, so that a bad one does not decide; quality.full.test.ts has the bars themselves.
test("reads listings of the generator and of the real ls", () =>
  assertQuality({ synthetic: 41, real: 10, tolerance: 0.03 }));
