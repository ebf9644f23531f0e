import { MdlParseError, type Parsed, parseAsync } from "@conduit/mdl";
import { addUsage, NO_USAGE, type Schema } from "@conduit/types";
import { GenerationFailedError } from "../errors/generation-failed-error.ts";
import { OutputTruncatedError } from "../errors/output-truncated-error.ts";
import type { GenerateRequest } from "../requests.ts";
import type { ObjectStreamEvent, StreamEvent, TextResponse } from "../responses.ts";
import { AnswerReader } from "./answer-reader.ts";
import { Conversation } from "./conversation.ts";
import { checkMaxRetries } from "./max-retries.ts";

/** A response in text, and whether the endpoint held it to the type. */
export interface ConstrainedResponse extends TextResponse {
  readonly constrained: boolean;
}

/** What an endpoint tells of one try. */
export type TryEvent =
  | Exclude<StreamEvent, { readonly type: "response-finish" }>
  | { readonly type: "response-finish"; readonly response: ConstrainedResponse };

/** How values are streamed. */
export interface StreamValueOptions {
  /** Sends what was said so far, and gives the events of the answer. */
  readonly ask: (conversation: Conversation) => AsyncIterable<TryEvent>;
  /** Whether to give the value as it grows; otherwise only how it ends. */
  readonly partials: boolean;
}

/**
 * Asks until an answer is of the type, at most `maxRetries` times more than once.
 *
 * @throws {@link GenerationFailedError} when no answer was of the type, {@link OutputTruncatedError} when the token limit cut one
 *   off; what `ask` throws.
 */
export async function* streamValue<O extends Schema>(
  request: GenerateRequest<O>,
  { ask, partials }: StreamValueOptions,
): AsyncGenerator<ObjectStreamEvent<O>, void, undefined> {
  const { model, output } = request;
  const maxRetries = checkMaxRetries(request.maxRetries);
  const conversation = new Conversation(request);
  const answers: string[] = [];
  let usage = NO_USAGE;
  for (let tries = 1; ; tries++) {
    const reader = new AnswerReader(output, partials);
    let response: ConstrainedResponse | undefined;
    for await (const event of ask(conversation)) {
      if (event.type === "response-finish") response = event.response;
      else yield* reader.read(event);
    }
    if (response === undefined) throw new TypeError("A stream of events ended without a response.");
    yield* reader.endText();
    usage = addUsage(usage, response.usage);
    if (response.finishReason === "length") {
      const { outputTokens } = response.usage;
      throw new OutputTruncatedError({ model, partialText: response.text, outputTokens, tries, usage });
    }
    answers.push(reader.answer);
    const parsed = await parseOrError(reader.answer, output);
    if (!MdlParseError.isInstance(parsed)) {
      yield* reader.endValue(parsed.written);
      const { reasoning, answer: text } = reader;
      yield { type: "response-finish", response: { ...response, ...parsed, reasoning, text, usage, tries } };
      return;
    }
    if (tries > maxRetries) throw new GenerationFailedError({ model, answers, usage, cause: parsed });
    yield { type: "try-fail", tryNumber: tries, error: parsed, text: reader.answer, usage: response.usage };
    conversation.correct(reader.answer, parsed);
  }
}

async function parseOrError<O extends Schema>(text: string, output: O): Promise<Parsed<O> | MdlParseError> {
  try {
    return await parseAsync(text, output);
  } catch (error) {
    if (MdlParseError.isInstance(error)) return error;
    throw error;
  }
}
