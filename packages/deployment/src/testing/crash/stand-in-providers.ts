import type { Clock } from "../../clock.ts";
import type { Fault } from "../stand-in/fault.ts";
import { MemoryFiles } from "../stand-in/memory-files.ts";
import { standInOfferings } from "../stand-in/offerings.ts";
import { StandInProvider } from "../stand-in/stand-in-provider.ts";
import { StandInWorld } from "../stand-in/stand-in-world.ts";
import { faultSets } from "./fault-sets.ts";
import type { CaseProvider, ProviderKind } from "./provider-kind.ts";

/** Each look for a node that does not show itself costs calls, and so points. */
export const capabilities = { visibilityWindowMs: 1_000 };

const offerings = standInOfferings("RUNPOD");

/** Providers that are folders, which other processes can use, too. */
export const folderProviders: ProviderKind<Fault> = {
  faultSets,
  offerings,
  open: async (directory, clock) => ({
    world: new StandInWorld(directory, clock),
    connect: (faults) => new StandInProvider({ directory, clock, faults, capabilities }),
    [Symbol.asyncDispose]: async () => {},
  }),
};

/** The same without a file on disk, for cases all of whose processes are simulated. */
export const standInProviders: ProviderKind<Fault> = {
  faultSets,
  offerings,
  open: async (_, clock) => inMemory(new MemoryFiles(), clock),
};

function inMemory(files: MemoryFiles, clock: Pick<Clock, "nowMs">): CaseProvider<Fault> {
  const directory = "/nowhere";
  return {
    world: new StandInWorld(directory, clock, files),
    connect: (faults) => new StandInProvider({ directory, clock, files, faults, capabilities }),
    save() {
      const saved = new MemoryFiles(files);
      return async (_, other) => inMemory(new MemoryFiles(saved), other);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
