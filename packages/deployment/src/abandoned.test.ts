import { describe, test } from "node:test";
import { abandon } from "./testing/abandoned/abandon.ts";

const executable = process.env.LM_LITE_BIN ?? "";
const skip = executable === "" && "LM_LITE_BIN does not name an engine";
const LIFETIME_SECONDS = 5;

describe("a controller that is killed for good leaves nodes that end by their own limits", {
  concurrency: 5,
  skip,
}, () => {
  for (const [what, timeoutSeconds, task] of [
    ["processes, with their last holder", 0, { provider: "process" }],
    ["processes, when nobody has used them for a while", 2, { provider: "process", idleTimeoutSeconds: 2 }],
    [
      "processes, when their lifetime is over",
      LIFETIME_SECONDS,
      { provider: "process", keep: true, maxLifetimeSeconds: LIFETIME_SECONDS },
    ],
    ["machines, when nobody has used them for a while", 2, { provider: "stand-in", idleTimeoutSeconds: 2 }],
    [
      "machines, when their lifetime is over",
      LIFETIME_SECONDS,
      { provider: "stand-in", keep: true, maxLifetimeSeconds: LIFETIME_SECONDS },
    ],
  ] as const) {
    test(what, async (context) => {
      const seconds = await abandon({ executable, replicas: 2, ...task }, { timeoutSeconds });
      context.diagnostic(`${what}: gone after ${seconds.toFixed(1)} s with a timeout of ${timeoutSeconds} s`);
    });
  }
});
