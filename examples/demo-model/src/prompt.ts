import { systemPrompt } from "@conduit/mdl";
import { Files, GUIDANCE, Listing } from "@conduit-examples/shell-to-files/files";
import { Type } from "typebox";

/** One way to ask for the files of a listing. */
export interface Phrasing {
  readonly output: typeof Files;
  readonly guidance?: string;
}

const Bounded = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String({ maxLength: 255 }),
      bytes: Type.Integer({ minimum: 0 }),
      dateModified: Type.String({ maxLength: 40 }),
    }),
    { maxItems: 64 },
  ),
});

/** The ways that the model is trained on; the first is the example's own. */
export const PHRASINGS: readonly Phrasing[] = [
  { output: Files, guidance: GUIDANCE },
  { output: Files },
  { output: Bounded, guidance: GUIDANCE },
  { output: Bounded },
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
