import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeSpec } from "./compute-provider.ts";
import { nodeEnvironment } from "./node-environment.ts";

const spec: NodeSpec = {
  name: "one",
  workload: {
    image: "image",
    env: { MODELS: "[]" },
    secretEnv: { KEY: "secret" },
    ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
    healthPath: "/health",
  },
  offering: { id: "x", provider: "LOCAL", gpuCount: 0, priceMicroDollarsPerHour: 0, spot: false },
};

test("a program gets its workload's environment and secrets, and no limits that were not asked for", () => {
  assert.deepEqual(nodeEnvironment(spec), { MODELS: "[]", KEY: "secret" });
});

test("a program gets its limits", () => {
  assert.deepEqual(nodeEnvironment({ ...spec, idleTimeoutSeconds: 0, maxLifetimeSeconds: 60 }), {
    MODELS: "[]",
    KEY: "secret",
    CONDUIT_IDLE_TIMEOUT_SECONDS: "0",
    CONDUIT_MAX_LIFETIME_SECONDS: "60",
  });
});
