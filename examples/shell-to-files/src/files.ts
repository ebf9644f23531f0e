import { type Static, Type } from "typebox";

export const Command = Type.Object({ shellCommand: Type.String() });

export const Listing = Type.Object({ listing: Type.String() });

/** Bounded, so that a model which repeats itself comes to an end nevertheless; a file's name has at most 255 bytes. */
export const Files = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String({ maxLength: 255 }),
      bytes: Type.Integer({ minimum: 0 }),
      dateModified: Type.String({ maxLength: 40 }),
    }),
    { maxItems: 64 },
  ),
});
export type Files = Static<typeof Files>;

/** What the model is asked to do, in words. */
export const GUIDANCE = "List the files: name, size in bytes, and date as written.";
