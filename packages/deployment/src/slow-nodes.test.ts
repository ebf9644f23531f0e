import assert from "node:assert/strict";
import { test } from "node:test";
import { deploy } from "./deploy.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";
import { StandInFixture } from "./testing/stand-in/fixture.ts";

test("nodes are waited for by the clock of the request", { timeout: 60_000 }, () =>
  withDirectory(async (directory) => {
    using standIn = new StandInFixture();
    const { clock } = standIn;
    clock.advanceWhenIdle(() => false);
    await using deployment = await deploy(
      fixtureRequest(
        directory,
        {},
        {
          provider: standIn.provider(),
          clock,
          probe: async () => ({ ready: clock.nowMs() >= 3_600_000 }),
        },
      ),
    );
    await deployment.untilReady();
    assert.ok(clock.nowMs() >= 3_600_000);
    await deployment.delete();
  }),
);
