import { systemPrompt } from "@conduit/mdl";
import { Files, GUIDANCE, Listing } from "@conduit-examples/shell-to-files/files";
import { Type } from "typebox";

/** One way to ask for the files of a listing. */
export interface Phrasing {
  readonly output: typeof Files | typeof Unbounded;
  readonly guidance?: string;
}

/** The same without bounds, as somebody else may write it. */
const Unbounded = Type.Object({
  files: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer(), dateModified: Type.String() })),
});

/** The ways that the model is trained on. The example asks with `Files` and its guidance. */
export const PHRASINGS: readonly Phrasing[] = [
  { output: Unbounded, guidance: GUIDANCE },
  { output: Unbounded },
  { output: Files, guidance: GUIDANCE },
  { output: Files },
];

export interface PromptMessage {
  readonly role: "system" | "user";
  readonly content: string;
}

/** The messages that `LMLiteBlock` sends for a listing. */
export function messagesOf({ output, guidance }: Phrasing, listing: string): PromptMessage[] {
  return [
    { role: "system", content: systemPrompt({ input: Listing, output, guidance }) },
    { role: "user", content: JSON.stringify({ listing }) },
  ];
}

/** How the engine's grammar has an answer written. */
export function answerText(answer: Files): string {
  return JSON.stringify(answer);
}
