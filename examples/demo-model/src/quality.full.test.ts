import { test } from "node:test";
import { assertQuality } from "./testing/assert-quality.ts";

test("reads 500 listings of the generator and 100 of the real ls", () =>
  assertQuality({ synthetic: 500, real: 100, tolerance: 0 }));
