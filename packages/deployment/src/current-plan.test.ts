import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import { Attachment } from "./attachment.ts";
import { CurrentPlan } from "./current-plan.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { planDeployment } from "./deployment-plan.ts";
import { intend } from "./intend.ts";
import { RequestMaker } from "./request-maker.ts";
import { nodeSpec, offerings, StandInFixture } from "./testing/stand-in/fixture.ts";

test("a provider that could not be asked is asked again some time later", async () => {
  using fixture = new StandInFixture();
  const { workload } = nodeSpec("");
  const request: DeployRequest = {
    // Two plans ask for its scope before.
    provider: fixture.provider([{ kind: "unauthorized", skip: 2 }]),
    store: new MemoryStateStore(),
    runtime: "LM_LITE",
    endpointKeyVariable: "ENDPOINT_KEY",
    workload,
    offerings: [offerings.small],
    clock: fixture.clock,
  };
  const plan = await planDeployment(request, {});
  const updated = { ...request, workload: { ...workload, env: {} }, offerings: [offerings.large] };
  const { deployment } = await intend(await planDeployment(updated, {}), await Attachment.create(), {});
  const current = new CurrentPlan(plan, (each) => new RequestMaker(each, "attachment", () => {}));

  await current.follow(deployment, {});
  assert.match(current.obstacleTo(deployment) ?? "", /to find a machine for it, but/);
  fixture.clock.advance(60_000);
  current.forgetOld();
  assert.notEqual(current.obstacleTo(deployment), undefined);
  fixture.clock.advance(240_000);
  current.forgetOld();
  await current.follow(deployment, {});
  assert.deepEqual([current.plan.key, current.plan.offerings], [deployment.key, [offerings.large]]);
});
