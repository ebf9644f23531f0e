import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ComputeOffering, ProviderError, type ProviderErrorOptions } from "@conduit/types";
import type { Clock } from "./clock.ts";
import { deploy } from "./deploy.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { InvalidDeployRequestError, NoCapacityError } from "./deployment-error.ts";
import { sleep } from "./sleep.ts";
import { faultyRequest } from "./testing/faulty-request.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";
import { eventsOf, read } from "./testing/read-store.ts";

function offering(id: string, dollarsPerHour: number): ComputeOffering {
  const priceMicroDollarsPerHour = dollarsPerHour * 1e6;
  return { id, provider: "LOCAL", gpuCount: 0, priceMicroDollarsPerHour, spot: false };
}

function refusal(message: string, options: Partial<ProviderErrorOptions> = {}): ProviderError {
  return new ProviderError(message, {
    provider: "LOCAL",
    outcome: "none",
    retry: "next-offering",
    ...options,
  });
}

describe("deploying what cannot be had", { concurrency: 2 }, () => {
  test("a machine that cannot be had is told by name and price, and leaves nothing", () =>
    withDirectory(async (directory) => {
      const refused = refusal("no machine left");
      const request = faultyRequest(directory, { createNode: () => Promise.reject(refused) });
      await assert.rejects(
        deploy({ ...request, offerings: [offering("a", 0.5), offering("b", 0.7)] }),
        (error) => {
          assert(NoCapacityError.isInstance(error));
          assert.match(
            error.message,
            /a at \$0.5 an hour: no machine left\n {2}b at \$0.7 an hour: no machine left/,
          );
          assert.equal(error.cause, refused);
          return true;
        },
      );
      await read(request, async (transaction) => {
        assert.deepEqual(await transaction.listDeployments(), []);
        assert.deepEqual(await transaction.listTombstones(), []);
      });
      assert.deepEqual(await eventsOf(request), [
        "deployment-create intent",
        "node-create intent",
        "node-create failed",
        "node-create intent",
        "node-create failed",
        "deployment-delete intent",
        "deployment-delete done",
      ]);
    }));

  test("machines that could not be had are asked for again some time later, by whoever still lacks nodes", () =>
    withDirectory(async (directory) => {
      let isShort = false;
      const request = faultyRequest(directory, {
        createNode(create, spec) {
          if (isShort) throw refusal("no machine left");
          return create(spec);
        },
      });
      const clock: Clock = {
        nowMs: () => performance.now() * 100,
        sleep: (durationMs, signal) => sleep(durationMs / 100, signal),
      };
      await using deployment = await deploy({ ...request, clock, keep: true });
      isShort = true;
      await assert.rejects(deployment.scale(2), NoCapacityError);
      isShort = false;
      while (deployment.endpoints.length < 2) await sleep(50);
      await deployment.delete();
    }));

  test("the next machine is taken where those before cannot be had, and the log says why", () =>
    withDirectory(async (directory) => {
      const asked: string[] = [];
      const request = faultyRequest(directory, {
        createNode(create, spec) {
          asked.push(spec.offering.id);
          if (spec.offering.id !== "g") throw refusal(`no ${spec.offering.id} left`);
          return create(spec);
        },
      });
      // More of them than failures that are put up with.
      const offerings = [..."abcdefg"].map((id, index) => offering(id, (index + 1) / 10));
      const messages: string[] = [];
      await using deployment = await deploy(
        { ...request, offerings },
        { onProgress: ({ message }) => messages.push(message) },
      );
      await deployment.untilReady();
      assert.deepEqual(asked, [..."abcdefg"]);
      const log = messages.join("\n");
      assert.match(
        log,
        /^a at \$0\.1 an hour cannot be had now \(no a left\); b at \$0\.2 an hour is next$/m,
      );
      assert.match(
        log,
        /^f at \$0\.6 an hour cannot be had now \(no f left\); g at \$0\.7 an hour is next$/m,
      );
      const events = await read(request, (transaction) => transaction.listEvents());
      assert.deepEqual(
        events.filter(({ outcome }) => outcome === "failed").map(({ action, detail }) => [action, detail]),
        offerings
          .slice(0, 6)
          .map(({ id }, index) => ["node-create", `${id} at $0.${index + 1} an hour: no ${id} left`]),
      );
      const [chosen] = events.filter(({ detail }) => detail === "g at $0.7 an hour");
      assert.deepEqual([chosen?.action, chosen?.outcome], ["node-create", "intent"]);
    }));

  test("when no machine is left, the error lists each with its price and reason", () =>
    withDirectory(async (directory) => {
      const request = faultyRequest(directory, {
        createNode: (_, { offering: { id } }) => Promise.reject(refusal(`no ${id} left`)),
      });
      const offerings = [..."abcdefg"].map((id, index) => offering(id, (index + 1) / 10));
      await assert.rejects(deploy({ ...request, offerings, replicas: 2 }), (error) => {
        assert(NoCapacityError.isInstance(error));
        assert.deepEqual(
          error.refused,
          offerings.map(({ id, priceMicroDollarsPerHour }) => ({
            offeringId: id,
            priceMicroDollarsPerHour,
            reason: `no ${id} left`,
          })),
        );
        assert.equal(error.suspectsRequest, false);
        return true;
      });
    }));

  test("when all are refused as bad requests are, the error says that it is probably the request", () =>
    withDirectory(async (directory) => {
      const offerings = [offering("a", 0.5), offering("b", 0.7)];
      for (const [suspicious, isSuspected] of [
        ["ab", true],
        ["a", false],
      ] as const) {
        const request = faultyRequest(directory, {
          createNode: (_, { offering: { id } }) =>
            Promise.reject(refusal("400", { suspectsRequest: suspicious.includes(id) })),
        });
        await assert.rejects(deploy({ ...request, offerings }), (error) => {
          assert(NoCapacityError.isInstance(error));
          assert.equal(error.suspectsRequest, isSuspected);
          assert.equal(/what was asked for is probably at fault/.test(error.message), isSuspected);
          return true;
        });
      }
    }));

  test("what is planned is the price of the machines that were chosen", () =>
    withDirectory(async (directory) => {
      let left = 1;
      const request = faultyRequest(directory, {
        createNode(create, spec) {
          if (spec.offering.id === "a" && left-- <= 0) throw refusal("no a left");
          return create(spec);
        },
      });
      await using deployment = await deploy({
        ...request,
        offerings: [offering("a", 0.5), offering("b", 0.7)],
      });
      assert.equal((await deployment.cost()).plannedMicroDollarsPerHour, 500_000);
      await deployment.scale(3);
      assert.equal((await deployment.cost()).plannedMicroDollarsPerHour, 1_900_000);
      const row = await read(request, (transaction) => transaction.getDeployment(deployment.id));
      assert.equal(row?.plannedPriceMicroDollarsPerHour, 700_000);
    }));

  test("a program that is not there is refused by name", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const absent = { executable: "/absent/program", arguments: [] };
      const workload = { ...request.workload, process: absent };
      await assert.rejects(deploy({ ...request, workload }), /\/absent\/program/);
    }));

  test("what cannot be deployed is refused with what to do", () =>
    withDirectory(async (directory) => {
      const base = fixtureRequest(directory);
      const refused = (change: Partial<DeployRequest>, message: RegExp) =>
        assert.rejects(deploy({ ...base, ...change }), (error) => {
          assert(InvalidDeployRequestError.isInstance(error));
          assert.match(error.message, message);
          return true;
        });
      await refused({ replicas: -1 }, /replicas from 0 on, but found -1/);
      await refused({ replicas: 1.5 }, /found 1.5/);
      await refused({ idleTimeoutSeconds: -1 }, /idleTimeoutSeconds/);
      await refused({ maxLifetimeSeconds: Number.NaN }, /maxLifetimeSeconds/);
      await refused({ workload: { ...base.workload, env: { FIXTURE_KEY: "mine" } } }, /leave FIXTURE_KEY/);
      const withSecrets = (secretEnv: Record<string, string>) => ({
        workload: { ...base.workload, secretEnv },
      });
      await refused(withSecrets({ "": "quiet" }), /can have variables of, but found ""$/);
      await refused(
        withSecrets({ TOKEN: "quiet\0" }),
        /but TOKEN has a NUL in it; encode it, such as in base64$/,
      );
      await refused({ workload: { ...base.workload, process: undefined } }, /container only/);
      assert.deepEqual(await eventsOf(base), []);
    }));
});
