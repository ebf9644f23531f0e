import { test } from "node:test";
import { outlastsProxy } from "./support/outlasts-proxy.ts";

// An engine says every 10 seconds that a request still waits.
test("a request that waits in the engine for longer than RunPod's proxy does comes through", () =>
  outlastsProxy({ proxyLimitMs: 25_000, batchWaitMs: 40_000 }));
