import type { Schema } from "@conduit/types";
import { type Static, Type } from "typebox";
import { checked } from "../checked.ts";

/** What went wrong with a request; see {@link HttpOperation}. */
export const HttpFailure = Type.Enum(["status", "network", "timeout", "size", "redirect", "address", "body"]);
export type HttpFailure = Static<typeof HttpFailure>;

const Failed = Type.Object({
  success: Type.Literal(false),
  /** Of the last answer; absent where there was none. */
  statusCode: Type.Optional(Type.Integer()),
  /** The body of an answer that is no success, or that is not what was asked for: JSON where it is that, text otherwise. */
  data: Type.Optional(Type.Unknown()),
  /**
   * What went wrong: the status is none of 200 to 299; there was no whole answer, or none in time; the body is larger than the
   * limit; a redirect cannot be followed; the host is not one of those that are allowed; the body is not what was asked for.
   */
  failure: HttpFailure,
  /** The same as a sentence. */
  reason: Type.String(),
});

/** The schema of what comes of a request whose body matches `body`. */
export function httpOperation<Body extends Schema>(body: Body) {
  const Succeeded = Type.Object({
    success: Type.Literal(true),
    /** From 200 to 299. */
    statusCode: Type.Integer(),
    data: checked(body),
  });
  return Type.Union([Succeeded, Failed]);
}

/** The schema that {@link httpOperation} makes. */
export type HttpOperationOf<Body extends Schema> = ReturnType<typeof httpOperation<Body>>;

/** What came of a request; `success` tells the two apart. */
export const HttpOperation = httpOperation(Type.Unknown());
export type HttpOperation = Static<typeof HttpOperation>;
