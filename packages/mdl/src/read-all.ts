import { AnswerReader } from "./read/answer-reader.ts";

/** Reads the values in a whole text; bare strings, numbers, booleans and nulls only where `scalars` are asked for. */
export function readAll(text: string, scalars: boolean): Pick<AnswerReader, "readings" | "failure"> {
  const reader = new AnswerReader({ scalars });
  reader.push(text);
  reader.end();
  return reader;
}
