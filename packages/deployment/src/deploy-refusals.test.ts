import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ComputeOffering, ProviderError } from "@conduit/types";
import { deploy } from "./deploy.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { InvalidDeployRequestError, NoCapacityError } from "./deployment-error.ts";
import { faultyRequest } from "./testing/faulty-request.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";
import { eventsOf, read } from "./testing/read-store.ts";

function offering(id: string, dollarsPerHour: number): ComputeOffering {
  const priceMicroDollarsPerHour = dollarsPerHour * 1e6;
  return { id, provider: "LOCAL", gpuCount: 0, priceMicroDollarsPerHour, spot: false };
}

describe("deploying what cannot be had", { concurrency: 2 }, () => {
  test("a machine that cannot be had is told by name and price, and leaves nothing", () =>
    withDirectory(async (directory) => {
      const refusal = new ProviderError("no machine left", {
        provider: "LOCAL",
        outcome: "none",
        retry: "next-offering",
      });
      const request = faultyRequest(directory, { createNode: () => Promise.reject(refusal) });
      await assert.rejects(
        deploy({ ...request, offerings: [offering("a", 0.5), offering("b", 0.7)] }),
        (error) => {
          assert(NoCapacityError.isInstance(error));
          assert.match(
            error.message,
            /a at \$0.5 an hour: no machine left\n {2}b at \$0.7 an hour: no machine left/,
          );
          assert.equal(error.cause, refusal);
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

  test("the next machine is taken where the first cannot be had", () =>
    withDirectory(async (directory) => {
      const asked: string[] = [];
      const request = faultyRequest(directory, {
        createNode(create, spec) {
          asked.push(spec.offering.id);
          if (spec.offering.id !== "c") {
            throw new ProviderError("no machine left", {
              provider: "LOCAL",
              outcome: "none",
              retry: "next-offering",
            });
          }
          return create(spec);
        },
      });
      const offerings = [offering("a", 0.5), offering("b", 0.7), offering("c", 0.9)];
      const messages: string[] = [];
      await using deployment = await deploy(
        { ...request, offerings },
        { onProgress: ({ message }) => messages.push(message) },
      );
      await deployment.untilReady();
      assert.deepEqual(asked, ["a", "b", "c"]);
      assert.match(messages.join("\n"), /a cannot be had now \(no machine left\); b is next/);
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
