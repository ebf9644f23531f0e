import type { NodeSpec } from "@conduit/types";

/** Backs the nodes of a stand-in with programs. */
export interface NodeLauncher {
  /** Starts the program of a node; all that it leaves behind lies in `folder`. */
  start(folder: string, spec: NodeSpec): Promise<void>;
  /** Where the program answers, once it does. */
  baseUrl(folder: string): string | undefined;
  isAlive(folder: string): boolean;
  end(folder: string): void;
}
