import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunpodProvider, type RunpodProviderOptions } from "@conduit/provider-runpod";
import { type Fault, RunpodServer, STAND_IN_KEY } from "@conduit/provider-runpod/testing";
import type { ComputeOffering } from "@conduit/types";
import type { Clock } from "../../../clock.ts";
import { EPOCH_MS } from "../../stand-in/stand-in-provider.ts";
import type { CaseProvider, OpenProvider, ProviderKind } from "../provider-kind.ts";
import { runpodFaultSets } from "./runpod-fault-sets.ts";
import { SavedFolder } from "./saved-folder.ts";

/** As many kinds of machines as an operation tries before it gives up. */
const OFFERINGS = 3;

/** A look or two before a pod is up. */
const TIMES = { provisioningMs: 60, startingMs: 60 };

/** The RunPod stand-in, asked over HTTP, with pods that are files and nothing else. Time costs nothing. */
export async function runpodProviders(): Promise<ProviderKind<Fault>> {
  return {
    faultSets: runpodFaultSets,
    offerings: await someOfferings(),
    open: (directory, clock) => open(worldOf(directory), clock),
  };
}

function worldOf(directory: string): string {
  return join(directory, "runpod");
}

async function open(directory: string, clock: Pick<Clock, "nowMs">): Promise<CaseProvider<Fault>> {
  const server = await RunpodServer.start({ directory, clock, ...TIMES });
  return {
    world: server.world,
    connect(faults, { nowMs, sleep }) {
      server.useFaults(faults);
      return providerOf(server, { pause: sleep, logPause: sleep, nowMs: () => EPOCH_MS + nowMs() });
    },
    save(): OpenProvider<Fault> {
      const saved = SavedFolder.of(directory);
      return (other, otherClock) => {
        saved.writeTo(worldOf(other));
        return open(worldOf(other), otherClock);
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function providerOf(server: RunpodServer, options: RunpodProviderOptions = {}): RunpodProvider {
  return new RunpodProvider({
    apiKey: STAND_IN_KEY,
    apiUrl: server.url,
    proxyUrl: server.proxyUrlTemplate,
    // Each look for a pod that does not show itself costs requests.
    visibilityWindowMs: 1_000,
    ...options,
  });
}

/** The cheapest machines of the stand-in's catalogue. */
async function someOfferings(): Promise<readonly ComputeOffering[]> {
  const directory = await mkdtemp(join(tmpdir(), "conduit-catalogue-"));
  try {
    await using server = await RunpodServer.start({ directory });
    return (await providerOf(server).listOfferings()).slice(0, OFFERINGS);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
