import { type Static, Type } from "typebox";

export const Command = Type.Object({ shellCommand: Type.String() });

export const Listing = Type.Object({ listing: Type.String() });

export const Files = Type.Object({
  files: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer(), dateModified: Type.String() })),
});
export type Files = Static<typeof Files>;

/** What the model is asked to do, in words. */
export const GUIDANCE = "List the files: name, size in bytes, and date as written.";
