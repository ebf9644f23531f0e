import type { Fault } from "../stand-in/fault.ts";
import { standInOfferings } from "../stand-in/offerings.ts";
import { StandInProvider } from "../stand-in/stand-in-provider.ts";
import { StandInWorld } from "../stand-in/stand-in-world.ts";
import { faultSets } from "./fault-sets.ts";
import type { ProviderKind } from "./provider-kind.ts";

/** Each look for a node that does not show itself costs calls, and so points. */
export const capabilities = { visibilityWindowMs: 1_000 };

/** Providers that are folders, without any server. */
export const standInProviders: ProviderKind<Fault> = {
  faultSets,
  offerings: standInOfferings("RUNPOD"),
  open: async (directory, clock) => ({
    world: new StandInWorld(directory, clock),
    connect: (faults) => new StandInProvider({ directory, clock, faults, capabilities }),
    [Symbol.asyncDispose]: async () => {},
  }),
};
