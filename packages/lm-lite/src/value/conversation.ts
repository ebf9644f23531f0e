import { type MdlParseError, systemPrompt } from "@conduit/mdl";
import type { Schema } from "@conduit/types";
import { InvalidRequestError } from "../errors/invalid-request-error.ts";
import type { Message } from "../messages.ts";
import type { GenerateRequest } from "../requests.ts";

/** What is said to a model that shall answer with a value, and what it and we said since. */
export class Conversation {
  readonly systemMessage: string;
  #messages: readonly Message[];
  #seed: number | undefined;

  /** @throws {@link InvalidRequestError} for data that JSON does not have. */
  constructor({ input, output, data, guidance, systemMessage, seed }: GenerateRequest<Schema>) {
    const prompt = systemPrompt({ input, output, guidance });
    this.systemMessage = systemMessage === undefined ? prompt : `${systemMessage}\n\n${prompt}`;
    const content = data === undefined ? (guidance ?? "Answer now.") : jsonOf(data);
    this.#messages = [{ role: "user", content }];
    this.#seed = seed;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Another for each answer: the same random numbers lead to much the same words, whatever was said before. */
  get seed(): number | undefined {
    return this.#seed;
  }

  /** Tells the model what was wrong with its answer. */
  correct(answer: string, { message }: MdlParseError): void {
    if (this.#seed !== undefined) this.#seed += 1;
    if (answer.trim() !== "") {
      this.#messages = [
        ...this.#messages,
        { role: "assistant", content: answer },
        { role: "user", content: message },
      ];
      return;
    }
    // Chat templates want an answer to say something, and the roles to alternate.
    const said = this.#messages.at(-1)?.content;
    this.#messages = [...this.#messages.slice(0, -1), { role: "user", content: `${said}\n\n${message}` }];
  }
}

function jsonOf(data: unknown): string {
  const expected = "a value that JSON has";
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (error) {
    throw new InvalidRequestError("data", expected, (error as Error).message);
  }
  if (json === undefined) throw new InvalidRequestError("data", expected, typeof data);
  return json;
}
