import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type ComputeOffering, formatNodeName, nodeNamePrefix, type ProviderNode } from "@conduit/types";
import { RunpodProvider } from "./index.ts";

/** What all pods of this test are named after, so that the next run ends what one that was killed has left. */
const LIVE_STORE = "11fe7e57";
/** Nothing dearer is rented. With the time below this bounds what a run can cost. */
const MOST_MICRO_DOLLARS_PER_HOUR = 500_000;
const MOST_MS = 15 * 60_000;
const CLEANUP_MS = 5 * 60_000;
const POLL_MS = 5_000;

const { RUNPOD_API_KEY, CONDUIT_RUNPOD_LIVE } = process.env;
const skip =
  (!RUNPOD_API_KEY || CONDUIT_RUNPOD_LIVE !== "1") &&
  "rents a GPU for some minutes, at most $0.17: set RUNPOD_API_KEY, and CONDUIT_RUNPOD_LIVE=1";

test("a pod of RunPod itself comes up, answers, tells its price, and goes", { skip }, async () => {
  const provider = new RunpodProvider({ containerDiskGb: 5, weightsBytes: 0 });
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(MOST_MS)]);
  try {
    await endAll(provider);
    const { offering, node } = await createSomewhere(provider, signal);
    const running = await untilRunning(provider, node.id, signal);
    const price = running.priceMicroDollarsPerHour ?? 0;
    assert.ok(price > 0, "a running pod states its price");
    assert.ok(
      price <= offering.priceMicroDollarsPerHour * 1.01,
      `expected at most ${offering.priceMicroDollarsPerHour}, found ${price}`,
    );
    await untilAnswered(running.baseUrl ?? "", signal);
    const lines = await Array.fromAsync(provider.logs(node.id, { tailLines: 10, signal }));
    assert.ok(lines.length > 0, "it has logged something");
  } finally {
    await endAll(provider);
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
});

/** Creates a pod on the first machine that can be had. */
async function createSomewhere(
  provider: RunpodProvider,
  signal: AbortSignal,
): Promise<{ readonly offering: ComputeOffering; readonly node: ProviderNode }> {
  const offerings = (await provider.listOfferings({ signal })).filter(
    ({ available, priceMicroDollarsPerHour }) =>
      available !== 0 && priceMicroDollarsPerHour <= MOST_MICRO_DOLLARS_PER_HOUR,
  );
  const refusals: string[] = [];
  for (const offering of offerings) {
    const nonce = randomBytes(4).toString("hex");
    try {
      const node = await provider.createNode(
        {
          name: formatNodeName({ store8: LIVE_STORE, key8: "00000000", nonce }),
          offering,
          workload: {
            image: "nginx:alpine",
            env: {},
            secretEnv: {},
            ports: [{ name: "http", containerPort: 80, protocol: "http" }],
            healthPath: "/",
          },
        },
        { signal },
      );
      return { offering, node };
    } catch (error) {
      signal.throwIfAborted();
      refusals.push(String(error));
    }
  }
  throw new Error(`no machine could be had:\n${refusals.join("\n")}`);
}

async function untilRunning(
  provider: RunpodProvider,
  id: string,
  signal: AbortSignal,
): Promise<ProviderNode> {
  for (;;) {
    const node = await provider.getNode(id, { signal });
    if (node?.status === "running" && node.priceMicroDollarsPerHour !== undefined) return node;
    assert.notEqual(node?.status, "failed", node?.failure);
    await pause(POLL_MS, undefined, { signal });
  }
}

async function untilAnswered(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    if (response.ok) return;
    await pause(POLL_MS, undefined, { signal });
  }
}

/** Ends all pods of this test, and makes sure that they are gone. */
async function endAll(provider: RunpodProvider): Promise<void> {
  const signal = AbortSignal.timeout(CLEANUP_MS);
  // A pod whose creation was not answered may be listed late.
  const lateAtMs = performance.now() + provider.capabilities.visibilityWindowMs;
  for (;;) {
    const nodes = await provider.listNodes(nodeNamePrefix(LIVE_STORE), { signal });
    for (const { id } of nodes) await provider.terminateNode(id, { signal }).catch(console.error);
    if (nodes.length === 0 && performance.now() > lateAtMs) return;
    await pause(POLL_MS, undefined, { signal });
  }
}
