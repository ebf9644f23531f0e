import { describe, test } from "node:test";
import { deployAtOnce } from "./testing/fleet/deploy-at-once.ts";

describe("processes that deploy the same at once, at a provider whose nodes stay", () => {
  test("share one deployment", () => deployAtOnce(8, { killed: 0 }));

  test("share one deployment when some are killed midway", () => deployAtOnce(8, { killed: 3 }));
});
