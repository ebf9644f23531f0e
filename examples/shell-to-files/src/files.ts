import { type Static, Type } from "typebox";

export const Command = Type.Object({ shellCommand: Type.String() });

export const Listing = Type.Object({ listing: Type.String() });

/** The bounds make every answer end, whatever the model is like. */
export const Files = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String({ maxLength: 64 }),
      bytes: Type.Integer({ minimum: 0, maximum: 999_999_999_999 }),
      dateModified: Type.String({ maxLength: 16 }),
    }),
    { maxItems: 8 },
  ),
});
export type Files = Static<typeof Files>;
