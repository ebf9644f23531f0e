import { test } from "node:test";
import { assertQuality } from "./testing/assert-quality.ts";

test("reads 500 synthetic and 100 real listings right", () => assertQuality({ synthetic: 500, real: 100 }));
