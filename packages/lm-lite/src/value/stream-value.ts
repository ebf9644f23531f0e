import { MdlParseError, type Parsed, parseAsync } from "@conduit/mdl";
import { addUsage, compileSchema, NO_USAGE, type Schema } from "@conduit/types";
import { ContentRefusedError } from "../errors/content-refused-error.ts";
import { GenerationFailedError } from "../errors/generation-failed-error.ts";
import { OutputCheckFailedError } from "../errors/output-check-failed-error.ts";
import { OutputTruncatedError } from "../errors/output-truncated-error.ts";
import { addPaid } from "../errors/paid.ts";
import type { GenerateRequest } from "../requests.ts";
import type { ObjectStreamEvent, StreamEvent, TextResponse } from "../responses.ts";
import { AnswerReader } from "./answer-reader.ts";
import { Conversation } from "./conversation.ts";
import { isWhole } from "./is-whole.ts";
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
 * @throws {@link InvalidSchemaError} before anything is asked, when answers cannot be checked.
 * @throws {@link GenerationFailedError} when no answer was of the type, {@link OutputTruncatedError} when the token limit cut one
 *   off, {@link ContentRefusedError} when it was refused, {@link OutputCheckFailedError} when the schema threw; what `ask` throws.
 */
export async function* streamValue<O extends Schema>(
  request: GenerateRequest<O>,
  { ask, partials }: StreamValueOptions,
): AsyncGenerator<ObjectStreamEvent<O>, void, undefined> {
  const { model, input, output } = request;
  const maxRetries = checkMaxRetries(request.maxRetries);
  for (const schema of [input, output]) if (schema !== undefined) compileSchema(schema).compile();
  const conversation = new Conversation(request);
  const answers: string[] = [];
  let usage = NO_USAGE;
  for (let tries = 1; ; tries++) {
    const reader = new AnswerReader(output, partials);
    let response: ConstrainedResponse | undefined;
    try {
      for await (const event of ask(conversation)) {
        if (event.type === "response-finish") response = event.response;
        else yield* reader.read(event);
      }
    } catch (error) {
      throw addPaid(error, { usage, tries });
    }
    if (response === undefined) throw new TypeError("A stream of events ended without a response.");
    yield* reader.endText();
    usage = addUsage(usage, response.usage);
    const { finishReason, refusal, text: partialText } = response;
    if (refusal !== undefined || finishReason === "content-filter") {
      throw new ContentRefusedError({ model, refusal, partialText, tries, usage });
    }
    answers.push(reader.answer);
    const { parsed, error } = await parseOrError(reader.answer, output);
    if (finishReason === "length" && (parsed === undefined || !isWhole(parsed))) {
      const { outputTokens } = response.usage;
      throw new OutputTruncatedError({ model, partialText, outputTokens, tries, usage, cause: error });
    }
    if (parsed !== undefined) {
      yield* reader.endValue(parsed.written);
      const { reasoning, answer: text } = reader;
      yield { type: "response-finish", response: { ...response, ...parsed, reasoning, text, usage, tries } };
      return;
    }
    if (!MdlParseError.isInstance(error)) {
      throw new OutputCheckFailedError({ model, answers, usage, cause: error });
    }
    if (tries > maxRetries) throw new GenerationFailedError({ model, answers, usage, cause: error });
    yield { type: "try-fail", tryNumber: tries, error, text: reader.answer, usage: response.usage };
    conversation.correct(reader.answer, error);
  }
}

type Outcome<O extends Schema> =
  | { readonly parsed: Parsed<O>; readonly error?: undefined }
  | { readonly parsed?: undefined; readonly error: unknown };

async function parseOrError<O extends Schema>(text: string, output: O): Promise<Outcome<O>> {
  try {
    return { parsed: await parseAsync(text, output) };
  } catch (error) {
    return { error };
  }
}
