import { describe, test } from "node:test";
import { deployAtOnce } from "./testing/fleet/deploy-at-once.ts";

describe("50 processes that deploy the same at once, at a provider whose nodes stay", () => {
  test("share one deployment", () => deployAtOnce(50, { killed: 0 }));

  test("share one deployment when 10 are killed midway", () => deployAtOnce(50, { killed: 10 }));
});
