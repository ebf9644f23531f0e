import { test } from "node:test";
import { assertQuality } from "./testing/assert-quality.ts";

test("reads listings right, of the generator and of the real ls", () =>
  assertQuality({ synthetic: 82, real: 21 }));
