import type { LMLiteBlock } from "@conduit/lm-lite";
import { type CallOptions, ConduitError } from "@conduit/types";
import { History } from "./history.ts";

/** Model length in tokens: what is remembered, a question, and its answer. */
export const CHAT_MODEL_LEN = 4096;
const HISTORY_TOKENS = 2048;
const ANSWER_TOKENS = 512;

/** What a terminal would take for commands, such as one that writes to the clipboard. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;

export interface ChatOptions extends CallOptions {
  readonly lm: LMLiteBlock;
  readonly model: string;
  /** What the user writes, line by line. */
  readonly questions: AsyncIterable<string>;
  /** Called whenever the next question may come. */
  readonly prompt: () => void;
  readonly write: (text: string) => void;
}

/** Answers each line with what was said before in mind, while the answer is written, until `/exit` or the end of the lines. */
export async function chat({ lm, model, questions, prompt, write, signal }: ChatOptions): Promise<void> {
  const history = new History(HISTORY_TOKENS);
  prompt();
  for await (const line of questions) {
    const question = line.trim();
    if (question === "/exit") return;
    if (question !== "") await answer(question);
    prompt();
  }

  /** An error of the endpoint, such as for a question that is too long, is told, and not the end. */
  async function answer(question: string): Promise<void> {
    try {
      const messages = history.messagesFor(question);
      for await (const event of lm.stream({ model, messages, maxTokens: ANSWER_TOKENS, signal })) {
        if (event.type === "text-delta") write(event.text.replace(CONTROLS, "\ufffd"));
        if (event.type === "response-finish") {
          history.add(question, event.response.text, event.response.usage.totalTokens);
        }
      }
    } catch (error) {
      if (signal?.aborted || !ConduitError.isInstance(error)) throw error;
      write(error.message);
    }
    write("\n");
  }
}
