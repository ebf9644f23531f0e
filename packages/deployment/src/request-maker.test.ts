import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import type { NodeRow } from "@conduit/types";
import { Attachment } from "./attachment.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { DEPLOYMENT_VARIABLE, parseLabel } from "./deployment-label.ts";
import { planDeployment } from "./deployment-plan.ts";
import { intend } from "./intend.ts";
import { RequestMaker } from "./request-maker.ts";
import { nodeSpec, offerings, StandInFixture } from "./testing/stand-in/fixture.ts";

/** The node that a program which asks for `second` creates of a deployment that another has made with `first`. */
async function nodeOf(first: Partial<DeployRequest>, second: Partial<DeployRequest>) {
  using fixture = new StandInFixture();
  const base: DeployRequest = {
    provider: fixture.provider(),
    store: new MemoryStateStore(),
    runtime: "LM_LITE",
    endpointKeyVariable: "ENDPOINT_KEY",
    workload: nodeSpec("").workload,
    offerings: [offerings.small],
  };
  await intend(await planDeployment({ ...base, ...first }, {}), await Attachment.create(), {});
  const plan = await planDeployment({ ...base, ...second }, {});
  const { deployment, isNew } = await intend(plan, await Attachment.create(), {});
  assert.equal(isNew, false);
  const row: NodeRow = {
    name: "node",
    deploymentId: deployment.id,
    status: "PROVISIONING",
    attempts: 1,
    offeringId: offerings.small.id,
    plannedPriceMicroDollarsPerHour: 0,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
  const spec = new RequestMaker(plan, "attachment", () => {}).specOf(deployment, row);
  const label = await parseLabel(spec.workload.env[DEPLOYMENT_VARIABLE] ?? "");
  assert.equal(label?.maxLifetimeSeconds, spec.maxLifetimeSeconds);
  return { ...spec, keep: label?.keep };
}

test("nodes have the limits of their deployment where the program that creates them gives none", async () => {
  const node = await nodeOf({ idleTimeoutSeconds: 30, maxLifetimeSeconds: 3600 }, {});
  assert.deepEqual([node.idleTimeoutSeconds, node.maxLifetimeSeconds, node.keep], [30, 3600, false]);
});

test("nodes of what is to be kept do not end for being idle, whoever creates them", async () => {
  const node = await nodeOf({ keep: true }, { idleTimeoutSeconds: 30 });
  assert.ok(node.idleTimeoutSeconds !== undefined && node.idleTimeoutSeconds > 1e9);
  assert.equal(node.keep, true);
});

test("limits that the program gives are those of the nodes that it creates", async () => {
  const limits = { idleTimeoutSeconds: 9, maxLifetimeSeconds: 99 };
  const node = await nodeOf({ idleTimeoutSeconds: 30, maxLifetimeSeconds: 3600 }, limits);
  assert.deepEqual([node.idleTimeoutSeconds, node.maxLifetimeSeconds], [9, 99]);
});
