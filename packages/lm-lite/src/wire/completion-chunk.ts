import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const ToolCallDelta = Type.Object({
  index: Type.Optional(Type.Integer()),
  id: Nullable(Type.String()),
  function: Type.Optional(Type.Object({ name: Nullable(Type.String()), arguments: Nullable(Type.String()) })),
});

const CompletionChunk = Type.Object({
  choices: Type.Array(
    Type.Object({
      delta: Type.Optional(
        Type.Object({
          content: Nullable(Type.String()),
          reasoning_content: Nullable(Type.String()),
          reasoning: Nullable(Type.String()),
          refusal: Nullable(Type.String()),
          tool_calls: Nullable(Type.Array(ToolCallDelta)),
        }),
      ),
      finish_reason: Nullable(Type.String()),
    }),
  ),
  usage: Nullable(
    Type.Object({
      prompt_tokens: Type.Integer(),
      completion_tokens: Type.Integer(),
      completion_tokens_details: Nullable(Type.Object({ reasoning_tokens: Nullable(Type.Integer()) })),
    }),
  ),
});

/** One event of a streamed chat completion, in the part of it that Conduit reads. */
export type CompletionChunk = Static<typeof CompletionChunk>;

const ErrorBody = Type.Object({
  error: Type.Object({
    message: Type.String(),
    type: Nullable(Type.String()),
    param: Nullable(Type.String()),
    code: Nullable(Type.Union([Type.String(), Type.Number()])),
  }),
});

/** The body of an error, as OpenAI has it. */
export type ErrorBody = Static<typeof ErrorBody>;

const chunkValidator = Compile(CompletionChunk);
const errorValidator = Compile(ErrorBody);

export const isCompletionChunk = (value: unknown): value is CompletionChunk => chunkValidator.Check(value);
export const isErrorBody = (value: unknown): value is ErrorBody => errorValidator.Check(value);
