import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import type { ComputeOffering, DeploymentRow } from "@conduit/types";
import { adoptPlan } from "./adopt-plan.ts";
import { Attachment } from "./attachment.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { deploymentKey } from "./deployment-key.ts";
import { type DeploymentPlan, planDeployment } from "./deployment-plan.ts";
import { intend } from "./intend.ts";
import { nodeSpec, offerings, StandInFixture } from "./testing/stand-in/fixture.ts";

const requirements = { downloads: [{ id: "small/model", bytes: 1e9 }] };
const other: ComputeOffering = { ...offerings.small, id: "elsewhere", gpu: "H100", gpuCount: 8 };

/** What a program has planned, and the row of another one, as it has updated it. */
async function withUpdate(
  change: (request: DeployRequest) => Partial<DeployRequest>,
  body: (own: DeploymentPlan, updated: DeploymentRow, its: DeploymentPlan) => Promise<void>,
): Promise<void> {
  using fixture = new StandInFixture();
  const request: DeployRequest = {
    provider: fixture.provider(),
    store: new MemoryStateStore(),
    runtime: "LM_LITE",
    endpointKeyVariable: "ENDPOINT_KEY",
    workload: { ...nodeSpec("").workload, readsSecretFiles: true, requirements },
    offerings: [offerings.small],
  };
  const own = await planDeployment(request, {});
  const its = await planDeployment({ ...request, ...change(request) }, {});
  const { deployment } = await intend(its, await Attachment.create(), {});
  await body(own, deployment, its);
}

const newEnvironment = ({ workload }: DeployRequest) => ({
  workload: { ...workload, env: { VERSION: "2" } },
});

test("all of an update that rows tell is taken over, and the rest is as it was", () =>
  withUpdate(newEnvironment, async (own, updated, its) => {
    const { plan } = await adoptPlan(own, updated, {});
    assert.ok(plan !== undefined);
    const { requirements: _, ...workload } = its.request.workload;
    assert.deepEqual(plan.request.workload, { ...workload, requirements: undefined });
    assert.deepEqual([plan.key, plan.spec, plan.nodeNamePrefix], [its.key, its.spec, its.nodeNamePrefix]);
    assert.deepEqual(plan.offerings, own.offerings);
  }));

test("machines are such as the update has chosen, from what the provider offers where need be", () =>
  withUpdate(
    (request) => ({ ...newEnvironment(request), offerings: [offerings.large] }),
    async (own, updated) => {
      assert.deepEqual((await adoptPlan(own, updated, {})).plan?.offerings, [offerings.large]);
    },
  ));

test("the one machine that will do is taken over with its name", () =>
  withUpdate(
    (request) => ({ ...newEnvironment(request), offerings: undefined, offering: offerings.large }),
    async (own, updated, its) => {
      const { plan } = await adoptPlan(own, updated, {});
      assert.deepEqual(plan?.offerings, [offerings.large]);
      assert.deepEqual(plan?.request.offering, its.request.offering);
    },
  ));

test("what this program's workload takes of a machine counts where only the machine was updated", () =>
  withUpdate(
    () => ({ offerings: undefined, offering: offerings.large }),
    async (own, updated) => {
      const { plan } = await adoptPlan(own, updated, {});
      assert.equal(plan?.request.workload.requirements, requirements);
    },
  ));

test("the one machine that will do is not taken at a higher price than planned", () =>
  withUpdate(
    () => ({ offerings: undefined, offering: offerings.large }),
    async (own, updated) => {
      const price = offerings.large.priceMicroDollarsPerHour / 2;
      const row = { ...updated, plannedPriceMicroDollarsPerHour: price };
      assert.match((await adoptPlan(own, row, {})).obstacle ?? "", /the provider offers none/);
    },
  ));

test("what decides what runs, and is not known here, is not left out", () =>
  withUpdate(newEnvironment, async (own, updated) => {
    const { namespace, scope, request } = own;
    const spec = { ...updated.spec, entrypoint: "later" };
    const key = deploymentKey({ namespace, runtime: request.runtime, provider: "RUNPOD", scope, spec });
    const { obstacle } = await adoptPlan(own, { ...updated, spec, key }, {});
    assert.match(obstacle ?? "", /another version of Conduit/);
  }));

for (const [what, change, rowChange, obstacle] of [
  ["a machine that is not offered", { offerings: [other] }, {}, /the provider offers none/],
  ["secrets that rows do not name", {}, { secretNames: undefined }, /secrets that it does not tell/],
  ["other secrets", {}, { secretNames: ["TOKEN"] }, /it needs TOKEN now/],
  ["no secrets", {}, { secretNames: [] }, /it needs none now/],
  ["what another version has written", {}, { spec: { image: "x" } }, /another version of Conduit/],
] as const) {
  test(`an update with ${what} cannot be taken over, and it is said why`, () =>
    withUpdate(
      (request) => ({ ...newEnvironment(request), ...change }),
      async (own, updated) => {
        const { plan, obstacle: found } = await adoptPlan(own, { ...updated, ...rowChange }, {});
        assert.equal(plan, undefined);
        assert.match(found ?? "", obstacle);
      },
    ));
}
