import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerWorkload } from "@conduit/types";
import type { Clock } from "./clock.ts";
import { deploy } from "./deploy.ts";
import type { Deployment } from "./deployment.ts";
import { DeploymentUpdatedError } from "./deployment-error.ts";
import { sleep } from "./sleep.ts";
import { ask, fixtureRequest, processesOf, untilNoProcess, withDirectory } from "./testing/fixture.ts";

const SPEED = 100;
const fastClock: Clock = {
  nowMs: () => performance.now() * SPEED,
  sleep: (durationMs, signal) => sleep(durationMs / SPEED, signal),
};

/** Another program updates the deployment and goes, and then what it has made dies. */
async function updateAndGo(
  directory: string,
  deployment: Deployment,
  workload: ContainerWorkload,
): Promise<void> {
  const other = await deploy(fixtureRequest(directory));
  assert.equal(other.id, deployment.id);
  await other.update({ workload });
  const { key, endpoints } = other;
  // The new node lives as long as this program holds it.
  while (deployment.key !== key || deployment.endpoints[0]?.nodeName !== endpoints[0]?.nodeName)
    await delay(50);
  await other.dispose();
  const [pid = 0] = await processesOf(directory);
  process.kill(pid, "SIGKILL");
  await untilNoProcess(directory);
}

/** Asks until a node answers: until it is noticed that one has died, requests are sent to it. */
async function untilAnswered(deployment: Deployment): Promise<void> {
  for (;;) {
    const lease = await deployment.acquire();
    const answer = await ask(lease.endpoint).catch(() => undefined);
    lease.release();
    if (answer !== undefined) return;
    await delay(20);
  }
}

describe("after another program's update, which has gone", { concurrency: 2, timeout: 120_000 }, () => {
  test("a program with the plan of before creates nodes as the update wants them", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      await using deployment = await deploy(request);
      await deployment.untilReady();
      const env = { VERSION: "2" };
      await updateAndGo(directory, deployment, { ...request.workload, env });
      await untilAnswered(deployment);
      const rows = await request.store.transaction((transaction) => transaction.listDeployments());
      assert.deepEqual(
        rows.map(({ spec }) => spec.env),
        [env],
      );
      const [node] = await request.provider.listNodes("conduit-");
      assert.equal(node?.env?.VERSION, "2");
      // What it has taken over is what its own updates start from.
      await deployment.update({ workload: request.workload });
      assert.equal((await request.provider.listNodes("conduit-"))[0]?.env?.VERSION, undefined);
    }));

  test("one that lacks a secret of the update hears who has updated, and what is missing", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      await using deployment = await deploy({ ...request, clock: fastClock });
      await deployment.untilReady();
      const env = { VERSION: "2" };
      await updateAndGo(directory, deployment, { ...request.workload, env, secretEnv: { TOKEN: "quiet" } });
      // Until it is noticed that the node has died, requests are sent to it.
      const acquireUntilNoticed = async () => {
        for (;;) {
          (await deployment.acquire()).release();
          await delay(20);
        }
      };
      await assert.rejects(acquireUntilNoticed(), (error) => {
        assert(DeploymentUpdatedError.isInstance(error));
        assert.match(error.message, /the same secrets, but it needs TOKEN now/);
        assert.match(error.message, new RegExp(`was updated by .*:${process.pid}, lacks nodes`));
        return true;
      });
      const rows = await request.store.transaction((transaction) => transaction.listDeployments());
      assert.ok(!JSON.stringify(rows).includes("quiet"));
    }));

  test("an update that fails does not take back what another program has made of the deployment meanwhile", () =>
    withDirectory(async (directory) => {
      let isHeld = false;
      const request = fixtureRequest(directory);
      await using deployment = await deploy({
        ...request,
        clock: fastClock,
        probe: async () => ({ ready: !isHeld }),
      });
      await deployment.untilReady();
      isHeld = true;
      const update = deployment.update({ workload: { ...request.workload, env: { VERSION: "2" } } });
      const failed = assert.rejects(update, DeploymentUpdatedError);
      const storedEnv = async () =>
        (await request.store.transaction((transaction) => transaction.listDeployments()))[0]?.spec.env;
      while (JSON.stringify(await storedEnv()) !== '{"VERSION":"2"}') await delay(20);
      const other = await deploy({
        ...request,
        workload: { ...request.workload, env: { VERSION: "2" } },
      });
      const third = { ...request.workload, env: { VERSION: "3" }, secretEnv: { TOKEN: "quiet" } };
      await other.update({ workload: third });
      await other.dispose();
      for (const pid of await processesOf(directory)) process.kill(pid, "SIGKILL");
      await failed;
      assert.deepEqual(await storedEnv(), { VERSION: "3" });
    }));
});
