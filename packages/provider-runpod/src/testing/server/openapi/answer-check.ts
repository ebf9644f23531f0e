import type { Operation } from "./operations.ts";
import type { Schemas } from "./schemas.ts";

/** What is said to a client, other than a stream. */
export interface AnswerToCheck {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

/** Compares an answer with what the document says of it; nothing is wrong where that says nothing. */
export function checkAnswer(operation: Operation, answer: AnswerToCheck, schemas: Schemas): string[] {
  const { status, contentType, body } = answer;
  const described = operation.answers.get(String(status)) ?? operation.answers.get("default");
  if (described?.content === undefined) return [];
  const content = described.content[contentType ?? ""];
  if (content === undefined) {
    const known = Object.keys(described.content).join(", ");
    return [`expected content-type ${known}, but it is ${contentType}`];
  }
  // What is sent is JSON, which knows no undefined.
  const sent = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
  return content.schema === undefined ? [] : schemas.problems(content.schema, sent);
}
