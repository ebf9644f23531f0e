import type { ComputeProvider } from "@conduit/types";

/** One way to run nodes on this machine. */
export type LocalNodes = Omit<ComputeProvider, "name">;
