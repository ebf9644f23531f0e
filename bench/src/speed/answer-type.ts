import type { TSchema } from "typebox";
import type { ZodType } from "zod";

/** A type that answers have, as each library wants it, and a maker of answers. */
export interface AnswerType {
  readonly name: string;
  readonly typebox: TSchema;
  readonly zod: ZodType;
  /** A value of about as many bytes of JSON, the same one at each call. */
  answer(bytes: number): unknown;
}
