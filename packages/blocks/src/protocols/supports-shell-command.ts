import { type Static, Type } from "typebox";

/** Data with a command for a shell. */
export const SupportsShellCommand = Type.Object({ shellCommand: Type.String() });
export type SupportsShellCommand = Static<typeof SupportsShellCommand>;
