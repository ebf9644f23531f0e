import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  type ComputeOffering,
  formatNodeName,
  nodeNamePrefix,
  ProviderError,
  type ProviderNode,
} from "@conduit/types";
import { pause } from "../pause.ts";
import type { RunpodProvider } from "../runpod-provider.ts";

/** What all pods of live runs are named after, so that the next run ends what one that was killed has left. */
const LIVE_STORE = "11fe7e57";

export interface LiveRunOptions {
  readonly provider: RunpodProvider;
  /** Nothing dearer is rented. With the times below this bounds what a run can cost: there is never more than one pod. */
  readonly mostMicroDollarsPerHour: number;
  /** Longest time that a pod is made use of. */
  readonly mostMs: number;
  /** Longest time after that for which its end is seen to. */
  readonly cleanupMs: number;
  /** Default 5,000. */
  readonly pollMs?: number | undefined;
  /** Ends the run, but not its cleaning up. */
  readonly signal: AbortSignal;
}

/** Rents a pod, looks at all that Conduit relies on, and ends it, whatever happens. */
export async function liveRun(options: LiveRunOptions): Promise<void> {
  const { provider, mostMicroDollarsPerHour } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.mostMs)]);
  const run = new LiveRun(provider, options.pollMs ?? 5_000);
  await run.endAll(options.cleanupMs, 0);
  try {
    const { offering, node } = await run.createSomewhere(mostMicroDollarsPerHour, signal);
    const running = await run.untilRunning(node.id, signal);
    const price = running.priceMicroDollarsPerHour ?? 0;
    assert.ok(price > 0, "a running pod states its price");
    assert.ok(
      price <= offering.priceMicroDollarsPerHour * 1.01,
      `expected at most ${offering.priceMicroDollarsPerHour}, found ${price}`,
    );
    await run.untilAnswered(running.baseUrl ?? "", signal);
    const lines = await Array.fromAsync(provider.logs(node.id, { tailLines: 10, signal }));
    assert.ok(lines.length > 0, "it has logged something");
  } finally {
    // A pod whose creation was not answered may be listed late.
    await run.endAll(options.cleanupMs, provider.capabilities.visibilityWindowMs);
  }
}

class LiveRun {
  readonly #provider: RunpodProvider;
  readonly #pollMs: number;

  constructor(provider: RunpodProvider, pollMs: number) {
    this.#provider = provider;
    this.#pollMs = pollMs;
  }

  /** Creates a pod on the first machine that can be had. */
  async createSomewhere(
    mostMicroDollarsPerHour: number,
    signal: AbortSignal,
  ): Promise<{ readonly offering: ComputeOffering; readonly node: ProviderNode }> {
    const offerings = (await this.#provider.listOfferings({ signal })).filter(
      ({ available, priceMicroDollarsPerHour }) =>
        available !== 0 && priceMicroDollarsPerHour <= mostMicroDollarsPerHour,
    );
    const refusals: string[] = [];
    for (const offering of offerings) {
      try {
        return { offering, node: await this.#create(offering, signal) };
      } catch (error) {
        signal.throwIfAborted();
        // One that was perhaps created costs money already.
        const isRefusal =
          ProviderError.isInstance(error) && error.outcome === "none" && error.retry === "next-offering";
        if (!isRefusal) throw error;
        refusals.push(error.message);
      }
    }
    throw new Error(`no machine could be had:\n${refusals.join("\n")}`);
  }

  async untilRunning(id: string, signal: AbortSignal): Promise<ProviderNode> {
    for (;;) {
      const node = await this.#provider.getNode(id, { signal });
      if (node?.status === "running" && node.priceMicroDollarsPerHour !== undefined) return node;
      assert.notEqual(node?.status, "failed", node?.failure);
      await pause(this.#pollMs, signal);
    }
  }

  async untilAnswered(url: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const response = await fetch(url, { signal });
      await response.body?.cancel();
      if (response.ok) return;
      await pause(this.#pollMs, signal);
    }
  }

  /** Ends all pods of live runs, and makes sure that they are gone, also those that are listed late. */
  async endAll(timeoutMs: number, lateMs: number): Promise<void> {
    const startedAtMs = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    const prefix = nodeNamePrefix(LIVE_STORE);
    let last: unknown = "they are still listed";
    while (!signal.aborted) {
      const isLate = performance.now() - startedAtMs >= lateMs;
      try {
        const nodes = await this.#provider.listNodes(prefix, { signal });
        if (nodes.length === 0 && isLate) return;
        for (const { id } of nodes) await this.#provider.terminateNode(id, { signal });
      } catch (error) {
        // RunPod may answer again before the time is over.
        if (!signal.aborted) last = error;
      }
      await pause(this.#pollMs, undefined);
    }
    throw new Error(
      `expected all pods of this test to be gone within ${timeoutMs / 60_000} minutes; end those whose names begin with ${prefix} in RunPod's console`,
      { cause: last },
    );
  }

  #create(offering: ComputeOffering, signal: AbortSignal): Promise<ProviderNode> {
    const nonce = randomBytes(4).toString("hex");
    return this.#provider.createNode(
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
  }
}
