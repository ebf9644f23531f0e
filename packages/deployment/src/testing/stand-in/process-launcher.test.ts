import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ProviderNode } from "@conduit/types";
import { holderServer, processesOf, untilNoProcess } from "../fixture.ts";
import { nodeSpec, StandInFixture } from "./fixture.ts";
import { processLauncher } from "./process-launcher.ts";
import type { StandInProvider } from "./stand-in-provider.ts";

function programSpec(name: string, idleTimeoutSeconds: number) {
  const spec = nodeSpec(name, { idleTimeoutSeconds });
  const command = { executable: process.execPath, arguments: [holderServer, "{portFile}", "{holders}"] };
  return { ...spec, workload: { ...spec.workload, process: command, secretEnv: { FIXTURE_KEY: "key" } } };
}

async function untilItAnswers(provider: StandInProvider, { id }: ProviderNode): Promise<string> {
  for (;;) {
    const node = await provider.getNode(id);
    if (node?.baseUrl !== undefined) return node.baseUrl;
    await delay(25);
  }
}

test("a node answers, is seen to have failed when its program ends, and leaves no process", async () => {
  using fixture = new StandInFixture();
  const provider = fixture.provider([], { launcher: processLauncher });
  const [first, second] = await Promise.all([
    provider.createNode(programSpec("a-1", 60)),
    provider.createNode(programSpec("a-2", 60)),
  ]);
  for (const node of [first, second]) {
    const baseUrl = await untilItAnswers(provider, node);
    const response = await fetch(baseUrl, { headers: { authorization: "Bearer key" } });
    assert.equal(response.status, 200);
    await response.body?.cancel();
    assert.equal((await fetch(baseUrl)).status, 401);
  }
  const [pid] = await processesOf(fixture.directory);
  process.kill(pid ?? 0, "SIGKILL");
  await delay(50);
  const statuses = (await provider.listNodes("a-")).map(({ status }) => status).sort();
  assert.deepEqual(statuses, ["failed", "running"]);
  await provider.terminateNode(first.id);
  await provider.terminateNode(second.id);
  await untilNoProcess(fixture.directory);
});

test("a program that nobody uses ends after its idle timeout, whoever has started it", async () => {
  using fixture = new StandInFixture();
  await fixture.provider([], { launcher: processLauncher }).createNode(programSpec("a-1", 0));
  await untilNoProcess(fixture.directory);
});
