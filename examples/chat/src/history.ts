import type { Message } from "@conduit/lm-lite";

interface Exchange {
  readonly messages: readonly Message[];
  readonly tokens: number;
}

/** What has been said, as far back as the model is to be told: the oldest is forgotten first. */
export class History {
  readonly #maxTokens: number;
  readonly #exchanges: Exchange[] = [];
  #tokens = 0;

  /** @param maxTokens how much is remembered at most. */
  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens;
  }

  /** What the model is told when it is asked something. */
  messagesFor(question: string): readonly Message[] {
    return [...this.#exchanges.flatMap(({ messages }) => messages), { role: "user", content: question }];
  }

  /** @param totalTokens of all that the model was told, and its answer. */
  add(question: string, answer: string, totalTokens: number): void {
    const messages = [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ] as const;
    this.#exchanges.push({ messages, tokens: totalTokens - this.#tokens });
    this.#tokens = totalTokens;
    while (this.#tokens > this.#maxTokens) this.#tokens -= this.#exchanges.shift()?.tokens ?? this.#tokens;
  }
}
