import { type Static, Type } from "typebox";

export const Ticket = Type.Object({ text: Type.String() });
export type Ticket = Static<typeof Ticket>;

export const Triage = Type.Object({
  team: Type.Enum(["billing", "product", "security"]),
  urgent: Type.Boolean(),
  summary: Type.String({ maxLength: 80 }),
});
export type Triage = Static<typeof Triage>;

/** What the model is asked to do, in words. */
export const GUIDANCE =
  "Triage the support ticket: who takes it, whether it is urgent, and what it is about.";

const MATTERS = [
  "I was charged twice for",
  "I cannot sign in to",
  "Somebody else has changed the password of",
  "The export of last month is empty in",
  "How do I cancel",
];
const THINGS = ["my subscription", "the team's account", "the mobile app", "the web shop"];
const ENDS = ["", " Please help!", " It worked until yesterday.", " Third time that I ask.", " No hurry."];

/** Support tickets, all different. */
export function someTickets(): readonly Ticket[] {
  return MATTERS.flatMap((matter) =>
    THINGS.flatMap((thing) => ENDS.map((end) => ({ text: `${matter} ${thing}.${end}` }))),
  );
}
