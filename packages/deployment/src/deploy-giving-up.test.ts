import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deploy } from "./deploy.ts";
import { DeploymentFailedError, NodeFailedError } from "./deployment-error.ts";
import { faultyRequest } from "./testing/faulty-request.ts";
import { fixtureRequest, untilNoProcess, withDirectory } from "./testing/fixture.ts";

describe("giving up a deploy", { concurrency: 2 }, () => {
  test("what a failed deploy cannot clean up does not hide why it failed", () =>
    withDirectory(async (directory) => {
      const request = faultyRequest(directory, {
        holdNode: () => Promise.reject(new Error("no hold")),
        terminateNode: () => Promise.reject(new Error("no end")),
      });
      await assert.rejects(deploy(request), /no hold/);
    }));

  test("an aborted deploy leaves no node, whenever the signal comes", () =>
    withDirectory(async (directory) => {
      const reason = new Error("enough");
      for (const keep of [false, true]) {
        for (const moment of ["before", "after"]) {
          const controller = new AbortController();
          const request = faultyRequest(directory, {
            async createNode(create, spec) {
              if (moment === "before") controller.abort(reason);
              const node = await create(spec);
              controller.abort(reason);
              return node;
            },
          });
          await assert.rejects(deploy({ ...request, keep }, { signal: controller.signal }), reason);
          await untilNoProcess(directory);
        }
      }
    }));

  test("a node that ends at once fails with the end of its log", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      const broken = { executable: "/bin/sh", arguments: ["-c", "echo cannot start; exit 7"] };
      await assert.rejects(
        async () => {
          await using deployment = await deploy({
            ...request,
            workload: { ...request.workload, process: broken },
          });
          await deployment.untilReady();
        },
        (error) => {
          // Depending on whether the node ends before or after the provider has said that it runs.
          assert(NodeFailedError.isInstance(error) || DeploymentFailedError.isInstance(error));
          assert.match(error.message, /exit code 7.*cannot start/s);
          return true;
        },
      );
    }));
});
