import type { ComputeProvider, StateStore } from "@conduit/types";
import type { LivingNode } from "../../stand-in/stand-in-world.ts";
import type { StoreContent } from "../store-content.ts";
import type { ProcessWorld } from "./process-world.ts";

/** What a process works with. */
export interface ProcessTools {
  /** Folder of the nodes. */
  readonly directory: string;
  readonly provider: ComputeProvider;
  readonly store: StateStore;
  readonly world: ProcessWorld;
  /** Called once all is ready for what the harness is to interrupt. */
  readonly begin: () => void;
}

/** What is there in the end. */
export interface ProcessEndState {
  readonly content: StoreContent;
  readonly living: readonly LivingNode[];
}

/** An operation on nodes that are real processes, whose program is killed at each of its points in turn. */
export interface ProcessScenario {
  readonly name: string;
  /** Nodes of the deployment that another process uses from before to after. Default: nobody else uses any. */
  readonly kept?: number | undefined;
  /** Whether the operation is to find a deployment that nobody uses, which `gc` would end. Default `false`. */
  readonly isUnused?: boolean | undefined;
  /** Brings about what the operation finds, beside what is kept. */
  prepare?(tools: ProcessTools): Promise<void>;
  operate(tools: ProcessTools): Promise<void>;
  /** What is wrong once the operation was done again and went well, while what is kept still is. */
  expect(end: ProcessEndState): readonly string[];
}
