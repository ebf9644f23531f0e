import { type Static, Type } from "typebox";

const Common = {
  command: Type.String(),
  stdout: Type.String(),
  stderr: Type.String(),
  /** There where output beyond the limit was dropped. */
  truncated: Type.Optional(Type.Literal(true)),
};

/** What came of a command; `success` tells the two apart. */
export const SystemCommandOperation = Type.Union([
  Type.Object({
    success: Type.Literal(true),
    ...Common,
    returnCode: Type.Literal(0),
    syntaxOk: Type.Literal(true),
  }),
  Type.Object({
    success: Type.Literal(false),
    ...Common,
    /** Exit code of the shell or program; `null` where it did not end by itself, or was not started. */
    returnCode: Type.Union([Type.Integer(), Type.Null()]),
    /** Whether the command could be parsed. */
    syntaxOk: Type.Boolean(),
    /**
     * What went wrong: the command cannot be parsed, is not allowed, or could not be started; it exited with another code than 0, or
     * by a signal; it was stopped at the timeout, or at the limit of its output.
     */
    failure: Type.Enum(["syntax", "not-allowed", "start", "exit", "signal", "timeout", "output-limit"]),
    /** The same as a sentence. */
    reason: Type.String(),
  }),
]);
export type SystemCommandOperation = Static<typeof SystemCommandOperation>;
