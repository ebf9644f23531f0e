import { Type } from "typebox";
import { Value } from "typebox/value";

/** What the program of `life.ts` is told on its command line, which everybody sees. */
const LifeSettings = Type.Object({
  /** Whether it lives until it is killed, or cleans up after one that was. */
  phase: Type.Union([Type.Literal("live"), Type.Literal("clean-up")]),
  /** Where it notes what it has seen. */
  notes: Type.String(),
  executable: Type.String(),
  model: Type.String(),
  /** Folder of nodes that are processes. */
  directory: Type.String(),
  /** The daemon that runs nodes as containers; without one they are processes. */
  dockerHost: Type.Optional(Type.String()),
});
export type LifeSettings = Type.Static<typeof LifeSettings>;

export function parseLifeSettings(text: string): LifeSettings {
  return Value.Parse(LifeSettings, JSON.parse(text));
}
