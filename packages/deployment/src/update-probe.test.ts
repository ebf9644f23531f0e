import assert from "node:assert/strict";
import { test } from "node:test";
import { deploy } from "./deploy.ts";
import type { ReadinessProbe } from "./deploy-request.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";

test("nodes that come after an update are asked as it says, also where nothing else changes", () =>
  withDirectory(async (directory) => {
    const request = fixtureRequest(directory);
    const asked = new Map<string, Set<string>>();
    const probeOf =
      (name: string): ReadinessProbe =>
      async ({ nodeName }) => {
        asked.set(name, (asked.get(name) ?? new Set()).add(nodeName));
        return { ready: true };
      };
    await using deployment = await deploy({ ...request, probe: probeOf("first") });
    await deployment.untilReady();
    await deployment.update({
      workload: { ...request.workload, env: { VERSION: "2" } },
      probe: probeOf("second"),
    });
    const [updated = ""] = deployment.endpoints.map(({ nodeName }) => nodeName);
    assert.deepEqual([...(asked.get("second") ?? [])], [updated]);
    await deployment.update({ probe: probeOf("third") });
    await deployment.scale(2);
    await deployment.untilReady();
    const added = deployment.endpoints.map(({ nodeName }) => nodeName).filter((name) => name !== updated);
    assert.deepEqual([...(asked.get("third") ?? [])], added);
  }));
