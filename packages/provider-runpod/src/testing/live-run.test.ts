import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatNodeName } from "@conduit/types";
import { RunpodAnswerLostError, RunpodProvider } from "../index.ts";
import { pause } from "../pause.ts";
import { type LiveRunOptions, liveRun } from "./live-run.ts";
import { STAND_IN_KEY } from "./server/api/keys.ts";
import { systemClock } from "./server/clock.ts";
import type { Fault } from "./server/faults/fault.ts";
import { echoProgram, ServerFixture, until } from "./server/fixture.ts";
import { processLauncher } from "./server/launch/process-launcher.ts";
import type { RunpodWorld } from "./server/world/runpod-world.ts";

interface StandInRun {
  readonly world: RunpodWorld;
  /** As the live test has it, in less time. */
  readonly run: (options?: Partial<LiveRunOptions>) => Promise<void>;
}

/** Gives a live run at the stand-in, and makes sure that it leaves nothing that costs money. */
async function atStandIn(faults: readonly Fault[], body: (run: StandInRun) => Promise<void>): Promise<void> {
  await using fixture = new ServerFixture();
  const server = await fixture.start({
    clock: systemClock,
    launcher: processLauncher({ ...echoProgram, containerPort: 80 }),
    faults,
  });
  const provider = new RunpodProvider({
    apiKey: STAND_IN_KEY,
    apiUrl: server.url,
    proxyUrl: server.proxyUrlTemplate,
    containerDiskGb: 5,
    weightsBytes: 0,
    visibilityWindowMs: 500,
    pause: (_, signal) => pause(20, signal),
  });
  const { world } = server;
  await body({
    world,
    run: (options) =>
      liveRun({
        provider,
        mostMicroDollarsPerHour: 500_000,
        mostMs: 300_000,
        cleanupMs: 300_000,
        pollMs: 20,
        signal: new AbortController().signal,
        ...options,
      }),
  });
  assert.deepEqual(world.living(), []);
  assert.deepEqual(world.violations(), []);
}

describe("a live run, at the stand-in,", { concurrency: 2 }, () => {
  test("sees a pod come up and go, after those that an earlier run has left", () =>
    atStandIn([], async ({ world, run }) => {
      const left = formatNodeName({ store8: "11fe7e57", key8: "00000000", nonce: "00000000" });
      world.plant(left);
      await run();
      assert.equal(world.createdByName().size, 2);
    }));

  test("ends its pod when it is interrupted", () =>
    atStandIn([{ kind: "slow-provisioning", byMs: 86_400_000 }], async ({ world, run }) => {
      const interrupted = new AbortController();
      const running = run({ signal: interrupted.signal });
      const isCreated = async () => (world.createdByName().size === 1 ? true : undefined);
      await Promise.all([
        assert.rejects(running, /interrupted/),
        until(isCreated).then(() => interrupted.abort(new Error("interrupted"))),
      ]);
    }));

  test("ends its pod when that takes too long to come up", () =>
    atStandIn([{ kind: "slow-provisioning", byMs: 86_400_000 }], ({ run }) =>
      assert.rejects(run({ mostMs: 1_000 }), { name: "TimeoutError" }),
    ));

  test("does not ask for a second pod where the first is in doubt, and ends it, however late it is listed", () => {
    const faults: Fault[] = [
      { kind: "answer-lost", operation: "createPod" },
      { kind: "pod-appears-late", delayMs: 300 },
    ];
    return atStandIn(faults, async ({ world, run }) => {
      await assert.rejects(run(), (error) => RunpodAnswerLostError.isInstance(error));
      assert.equal(world.createdByName().size, 1);
    });
  });

  test("ends its pod though RunPod fails at it", () => {
    const faults: Fault[] = [
      { kind: "price-raised", byMicroDollarsPerHour: 1_000_000 },
      { kind: "fails-before", operation: "listPods", status: 400, skip: 1, times: 3 },
      { kind: "terminate-ignored", times: 2 },
      { kind: "fails-before", operation: "deletePod", status: 400, skip: 1, times: 2 },
    ];
    return atStandIn(faults, ({ run }) => assert.rejects(run(), /expected at most \d+, found \d+/));
  });

  test("rents nothing above its price", () =>
    atStandIn([{ kind: "create-refused", gpuTypeId: "NVIDIA L4", times: 1_000 }], async ({ world, run }) => {
      await assert.rejects(run(), /no machine could be had:\n.*1x NVIDIA L4 SECURE/);
      assert.equal(world.createdByName().size, 0);
    }));

  test("says where to look when its time to clean up is over", async () => {
    const faults: Fault[] = [{ kind: "terminate-ignored", times: 3 }];
    await atStandIn(faults, async ({ world, run }) => {
      world.plant(formatNodeName({ store8: "11fe7e57", key8: "00000000", nonce: "00000000" }));
      await assert.rejects(run({ cleanupMs: 1 }), /begin with conduit-11fe7e57-/);
      await assert.rejects(run({ signal: AbortSignal.abort(new Error("interrupted")) }), /interrupted/);
    });
  });
});
