import { type Static, Type } from "typebox";

export const Letter = Type.Object({ text: Type.String() });
export type Letter = Static<typeof Letter>;

/** What leaves this machine of a letter. */
export const Anonymous = Type.Object({ textWithoutNames: Type.String({ maxLength: 400 }) });

export const Answer = Type.Object({
  subject: Type.String({ maxLength: 80 }),
  body: Type.String({ maxLength: 400 }),
  needsHuman: Type.Boolean(),
});
export type Answer = Static<typeof Answer>;
