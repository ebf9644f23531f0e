import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { LocalProvider } from "@conduit/provider-local";
import { systemClock } from "../clock.ts";
import { deploy } from "../deploy.ts";
import type { DeployRequest } from "../deploy-request.ts";
import { InvalidDeployRequestError } from "../deployment-error.ts";
import { ask, fixtureRequest, processesOf, withDirectory } from "../testing/fixture.ts";
import { eventsOf, read } from "../testing/read-store.ts";
import { StandInProvider } from "../testing/stand-in/stand-in-provider.ts";

const PATIENCE_MS = 1_000;
const liveness = {
  intervalSeconds: 0.1,
  timeoutSeconds: 0.2,
  failureThreshold: 2,
  patienceSeconds: PATIENCE_MS / 1000,
};

const failures = async (request: DeployRequest) =>
  (await read(request, (transaction) => transaction.listEvents())).filter(
    ({ action }) => action === "node-fail",
  );

async function untilFailure(request: DeployRequest): Promise<void> {
  while ((await failures(request)).length === 0) await delay(20);
}

/** Nodes of a provider that says that they run, at addresses that nothing can connect to; `isSilent` ones answer nothing. */
function unreachableNodes(directory: string, isSilent: (nodeName: string) => boolean): DeployRequest {
  const provider = new StandInProvider({ directory, clock: systemClock, faults: [] });
  return fixtureRequest(
    directory,
    {},
    {
      provider,
      liveness,
      probe: async ({ nodeName }) =>
        isSilent(nodeName) ? Promise.withResolvers<never>().promise : { ready: true },
    },
  );
}

describe("a node that was ready", { concurrency: 3, timeout: 120_000 }, () => {
  test("and hangs is ended and replaced", () =>
    withDirectory(async (directory) => {
      const provider = new LocalProvider({ directory, terminationGraceSeconds: 1 });
      const request = fixtureRequest(directory, {}, { provider, liveness });
      await using deployment = await deploy(request);
      await deployment.untilReady();
      const [pid = 0] = await processesOf(directory);
      // The kernel goes on to take connections for it.
      process.kill(pid, "SIGSTOP");
      await untilFailure(request);
      const [failure] = await failures(request);
      assert.match(failure?.detail ?? "", /it runs, but has answered no health check for 1 s/);
      using lease = await deployment.acquire();
      const answered = await ask(lease.endpoint);
      assert.notEqual(answered, pid);
      assert.deepEqual(await processesOf(directory), [answered]);
    }));

  test("and is only slow gets no requests until it answers, and is never ended", () =>
    withDirectory(async (directory) => {
      let checks = 0;
      let isSlow = false;
      const request = fixtureRequest(directory, {}, { liveness });
      await using deployment = await deploy({
        ...request,
        probe: async () => {
          if (isSlow) {
            checks++;
            await delay(3 * liveness.timeoutSeconds * 1000);
          }
          return { ready: true };
        },
      });
      await deployment.untilReady();
      const before = await processesOf(directory);
      isSlow = true;
      await delay(4 * PATIENCE_MS);
      assert.ok(checks > liveness.failureThreshold);
      assert.deepEqual(await failures(request), []);
      assert.deepEqual(await processesOf(directory), before);
      isSlow = false;
      (await deployment.acquire()).release();
    }));

  test("is left alone while most are silent, and none can be connected to", () =>
    withDirectory(async (directory) => {
      let isSilent = false;
      const request = unreachableNodes(directory, () => isSilent);
      await using deployment = await deploy({ ...request, replicas: 2 });
      await deployment.untilReady();
      isSilent = true;
      await delay(4 * PATIENCE_MS);
      assert.deepEqual(await failures(request), []);
      isSilent = false;
      (await deployment.acquire()).release();
      await deployment.delete();
    }));

  test("is ended while all are silent, but no other before a new one answers", () =>
    withDirectory(async (directory) => {
      let isSilent = false;
      const request = fixtureRequest(directory, {}, { liveness, replicas: 2 });
      await using deployment = await deploy({
        ...request,
        probe: async () => (isSilent ? Promise.withResolvers<never>().promise : { ready: true }),
      });
      await deployment.untilReady();
      isSilent = true;
      await untilFailure(request);
      await delay(4 * PATIENCE_MS);
      assert.equal((await failures(request)).length, 1);
      isSilent = false;
      await deployment.untilReady();
      assert.equal((await failures(request)).length, 1);
    }));

  test("and is silent while the others answer is replaced, whatever it can be connected to", () =>
    withDirectory(async (directory) => {
      let silent: string | undefined;
      const request = unreachableNodes(directory, (name) => name === silent);
      await using deployment = await deploy({ ...request, replicas: 3 });
      await deployment.untilReady();
      silent = deployment.endpoints[0]?.nodeName;
      await untilFailure(request);
      const [failure] = await failures(request);
      assert.equal(failure?.nodeName, silent);
      await deployment.untilReady();
      assert.ok(deployment.endpoints.every(({ nodeName }) => nodeName !== silent));
      await deployment.delete();
    }));
});

test("a node that was slow before this program was suspended is not ended for what it answered meanwhile", () =>
  withDirectory(async (directory) => {
    let onProbe = () => {};
    const fixture = fixtureRequest(directory, {}, { liveness: { ...liveness, patienceSeconds: 3 } });
    const request: DeployRequest = {
      ...fixture,
      probe: async (endpoint, options) => {
        assert(fixture.probe !== undefined);
        const answer = fixture.probe(endpoint, options);
        onProbe();
        return answer;
      },
    };
    await using deployment = await deploy(request);
    await deployment.untilReady();
    const [pid = 0] = await processesOf(directory);
    process.kill(pid, "SIGSTOP");
    let probes = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    onProbe = () => {
      if (++probes === liveness.failureThreshold) setImmediate(suspend);
    };
    const suspend = () => {
      process.kill(pid, "SIGCONT");
      // Nothing of this process runs; what is due meanwhile comes next, before what has been answered.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8_000);
      resolve();
    };
    await promise;
    await delay(2 * PATIENCE_MS);
    assert.deepEqual(await failures(request), []);
    assert.deepEqual(await processesOf(directory), [pid]);
  }));

test("limits that are none are refused by name", () =>
  withDirectory(async (directory) => {
    // Of the last one timers would make 1 ms.
    for (const value of [0, Number.NaN, Number.POSITIVE_INFINITY, 10_000_000]) {
      const request = fixtureRequest(directory, {}, { liveness: { patienceSeconds: value } });
      await assert.rejects(deploy(request), (error) => {
        assert(InvalidDeployRequestError.isInstance(error));
        assert.match(
          error.message,
          /liveness\.patienceSeconds to be a number above 0, and at most 2147483, but found /,
        );
        return true;
      });
      assert.deepEqual(await eventsOf(request), []);
    }
  }));
