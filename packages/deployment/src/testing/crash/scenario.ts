import type { ComputeOffering, ComputeProvider, StateStore } from "@conduit/types";
import type { Clock } from "../../clock.ts";
import type { ProviderWorld } from "./provider-kind.ts";
import type { StoreContent } from "./store-content.ts";

/** What a process works with. */
export interface Tools {
  readonly provider: ComputeProvider;
  /** Machines to deploy on. Default: as the provider offers them. */
  readonly offerings?: readonly ComputeOffering[] | undefined;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly world: ProviderWorld;
  /** Called once all is ready for what the harness is to interrupt. Default: from the start. */
  readonly begin: () => void;
}

/** What should be there in the end. */
export interface EndState {
  readonly content: StoreContent;
  readonly world: ProviderWorld;
}

/** An operation that is interrupted at each of its points in turn. */
export interface Scenario {
  readonly name: string;
  /** Brings about what the operation finds. Goes well. */
  prepare(tools: Tools): Promise<void>;
  operate(tools: Tools): Promise<void>;
  /** What any process does, sooner or later, after a crash. */
  recover(tools: Tools): Promise<void>;
  /** What is wrong once the operation was done again and went well; empty where nothing is. */
  expect(end: EndState): readonly string[];
}
